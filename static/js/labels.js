/* global L */
/**
 * Names lying on a map: water, parks, roads, districts. The more important come first; a name that would lie on
 * another is left out until there is room. They are for the eye: whoever cannot see them has the lists beside.
 */

const GAP = 6;

const Labels = L.Layer.extend({
  initialize() {
    this._names = [];
    this._signs = [];
  },

  onAdd(map) {
    const pane = map.getPane("names") ?? map.createPane("names");
    pane.classList.add("mf-names", "leaflet-zoom-hide");
    pane.setAttribute("aria-hidden", "true");
    map.on("moveend resize", this._place, this);
    this._place();
  },

  onRemove(map) {
    map.off("moveend resize", this._place, this);
    map.getPane("names").replaceChildren();
  },

  /** @param {{lat: number, lon: number, text: string, kind: string, rank: number, from: number}[]} names */
  put(names) {
    this._names = [...this._names, ...names].sort((a, b) => a.rank - b.rank);
    if (this._map) this._place();
  },

  /** Take back names that were put. */
  take(names) {
    this._names = this._names.filter((name) => !names.includes(name));
    if (this._map) this._place();
  },

  /** Names lie beside these signs, not under them. @param {{lat: number, lon: number, size: number}[]} signs */
  avoid(signs) {
    this._signs = signs;
    if (this._map) this._place();
  },

  _place() {
    const map = this._map;
    const pane = map.getPane("names");
    const size = map.getSize();
    const zoom = map.getZoom();
    const covered = map.getContainer().classList.contains("mf-map--covered");
    const taken = this._signs.map(({ lat, lon, size: width }) => {
      const { x, y } = map.latLngToContainerPoint([lat, lon]);
      return [x - width / 2, y - width / 2, x + width / 2, y + width / 2];
    });
    const shown = [];
    for (const name of this._names) {
      if (zoom < name.from || (covered && name.kind !== "district")) continue;
      const at = map.latLngToContainerPoint([name.lat, name.lon]);
      const half = (name.text.length * (name.kind === "district" ? 8.6 : 7.4)) / 2 + GAP;
      const box = [at.x - half, at.y - 11, at.x + half, at.y + 11];
      if (box[2] < 0 || box[3] < 0 || box[0] > size.x || box[1] > size.y) continue;
      if (taken.some((other) => box[0] < other[2] && box[2] > other[0] && box[1] < other[3] && box[3] > other[1])) {
        continue;
      }
      taken.push(box);
      shown.push(this._drawn(name, map.containerPointToLayerPoint(at)));
    }
    pane.replaceChildren(...shown);
  },

  _drawn(name, point) {
    const text = document.createElement("span");
    text.textContent = name.text;
    const holder = document.createElement("span");
    holder.className = `mf-name mf-name--${name.kind}`;
    holder.append(text);
    L.DomUtil.setPosition(holder, point);
    return holder;
  },
});

const ofMap = new WeakMap();

/** The one label layer of this map. */
export function labelsOf(map) {
  if (!ofMap.has(map)) ofMap.set(map, new Labels().addTo(map));
  return ofMap.get(map);
}

/** The name in the page's language, from properties `name` / `name_fi`, `name_sv`, `name_en`. */
export function nameOf(properties) {
  const language = document.documentElement.lang.slice(0, 2);
  return properties[`name_${language}`] || properties.name_fi || properties.name || "";
}
