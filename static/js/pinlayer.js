/* global L */
/**
 * Pins on a map, from server-made tiles: clusters with their number, single pins by kind, lines and areas as drawn.
 * What would overlap on the screen is shown as one sign with the sum, so no pin is ever counted twice or lost: the
 * signs in sight add up to the list beside the map.
 */

import { labelsOf } from "./labels.js";
import { closest, hearArrows, makeStop, middle } from "./signkeys.js";
import { TiledLayer } from "./tiledlayer.js";

/** Half the width of the largest sign and of the gap round it, in pixels. */
const WIDEST = 35;
/** Signs are drawn this part of the view beyond its edges, so that a drag does not bring bare ground. */
const BEYOND = 0.15;

/** Width of the sign of this many, in pixels. */
function sizeOf(n) {
  return n < 10 ? 44 : n < 100 ? 54 : 66;
}

export const PinLayer = TiledLayer.extend({
  /**
   * @param {string} address `/tiles/pins/`
   * @param {object} words
   * @param {(item: object) => string} words.label accessible name of a sign
   * @param {(items: object[], failed: boolean, query: string) => void} words.shown called when the signs in view have changed
   * @param {(item: object, sign: L.Marker) => void} words.opened called when a sign is pressed
   * @param {string} [words.hint] id of the element that says how to go from sign to sign
   */
  initialize(address, { label, shown, opened, hint }) {
    TiledLayer.prototype.initialize.call(this, address);
    this._say = { label, shown, opened, hint };
    this._signs = new Map();
    this._shapes = new Map();
  },

  onAdd(map) {
    if (!this._hears) hearArrows(map.getPane("markerPane"), () => this._elements());
    this._hears = true;
    TiledLayer.prototype.onAdd.call(this, map);
  },

  /** Make the sign that holds this pin stand out, and what was drawn for it; `null` takes it back. */
  select(id) {
    this._selected = id;
    for (const sign of this._signs.values()) this._mark(sign);
    for (const [of, shape] of this._shapes) this._markShape(of, shape);
  },

  _paint(tiles, complete, failed) {
    const items = tiles.flatMap(({ clusters, pins }) => [
      ...clusters,
      ...pins.map((pin) => ({ n: 1, pins: [pin], kinds: { [pin.kind]: 1 }, ...pin })),
    ]);
    const merged = this._merged(items);
    const near = this._map.getBounds().pad(BEYOND);
    this._show(merged.filter(({ lat, lon }) => near.contains([lat, lon])));
    this._outline(tiles.flatMap(({ shapes, pins }) => [...shapes, ...pins.filter(({ geometry }) => geometry)]));
    if (complete) {
      const sight = this._map.getBounds();
      this._say.shown(merged.filter(({ lat, lon }) => sight.contains([lat, lon])), failed, this._query);
    }
  },

  _clear() {
    this._show([]);
    this._outline([]);
  },

  /** Items that would lie on one another, as one: the larger takes in the smaller near it. */
  _merged(items) {
    const kept = [];
    const grid = new Map();
    const cell = (value) => Math.floor(value / (2 * WIDEST));
    for (const item of [...items].sort((a, b) => b.n - a.n || a.lon - b.lon || a.lat - b.lat)) {
      const point = this._map.project([item.lat, item.lon]);
      const [column, row] = [cell(point.x), cell(point.y)];
      const near = (one) => one.point.distanceTo(point) < (sizeOf(one.n) + sizeOf(item.n)) / 2 + 4;
      let host = null;
      for (let x = column - 1; x <= column + 1 && !host; x += 1) {
        for (let y = row - 1; y <= row + 1 && !host; y += 1) {
          host = (grid.get(`${x} ${y}`) ?? []).find(near) ?? null;
        }
      }
      const [west, south, east, north] = item.bounds ?? [item.lon, item.lat, item.lon, item.lat];
      if (!host) {
        const fresh = { ...item, point, bounds: [west, south, east, north], pins: item.pins ?? null };
        fresh.kinds = { ...item.kinds };
        grid.set(`${column} ${row}`, [...(grid.get(`${column} ${row}`) ?? []), fresh]);
        kept.push(fresh);
      } else {
        host.n += item.n;
        host.pins = host.pins && item.pins ? [...host.pins, ...item.pins] : null;
        for (const [kind, n] of Object.entries(item.kinds)) host.kinds[kind] = (host.kinds[kind] ?? 0) + n;
        const [w, s, e, n] = host.bounds;
        host.bounds = [Math.min(w, west), Math.min(s, south), Math.max(e, east), Math.max(n, north)];
      }
    }
    return kept;
  },

  /** Put these on the map; signs that stay are not touched, so the focus stays on them. */
  _show(items) {
    const before = this._signs;
    const focused = this._elements().find((element) => element === document.activeElement);
    const place = focused && middle(focused);
    this._signs = new Map();
    for (const item of items) {
      const key = `${item.n} ${item.lon} ${item.lat} ${item.n === 1 ? item.id : ""}`;
      const sign = before.get(key) ?? this._sign(item);
      sign.item = item;
      before.delete(key);
      this._signs.set(key, sign);
      if (!this._map.hasLayer(sign)) sign.addTo(this._map);
      this._mark(sign);
    }
    for (const sign of before.values()) sign.remove();
    labelsOf(this._map).avoid(items.map(({ lat, lon, n }) => ({ lat, lon, size: sizeOf(n) })));
    this._keepOneStop(place);
  },

  /** One sign can be reached by Tab. If the focus was on one that is gone, it goes to the one that took its place. */
  _keepOneStop(place) {
    const elements = this._elements();
    const lost = place && !elements.includes(document.activeElement);
    const stop = lost ? closest(place, elements) : elements.find(({ tabIndex }) => tabIndex === 0);
    const frame = this._map.getContainer();
    makeStop(stop ?? closest(middle(frame), elements), elements);
    if (lost) (stop ?? frame).focus({ preventScroll: true });
  },

  _elements() {
    return [...this._signs.values()].map((sign) => sign.getElement()).filter(Boolean);
  },

  _sign(item) {
    const size = sizeOf(item.n);
    const step = { 44: "", 54: " mf-cluster--m", 66: " mf-cluster--l" }[size];
    const html = document.createElement("span");
    if (item.n > 1) html.textContent = item.n < 10000 ? String(item.n) : `${Math.floor(item.n / 1000)}k`;
    const sign = L.marker([item.lat, item.lon], {
      icon: L.divIcon({
        className: item.n === 1 ? `mf-pin mf-pin--${item.kind}` : `mf-cluster${step}`,
        html: item.n > 1 ? html : false,
        iconSize: [size, size],
      }),
      riseOnHover: true,
      zIndexOffset: item.n,
    });
    sign.item = item;
    sign.on("add", () => {
      const element = sign.getElement();
      element.setAttribute("aria-label", this._say.label(item));
      if (this._say.hint) element.setAttribute("aria-describedby", this._say.hint);
      element.dataset.n = String(item.n);
      element.tabIndex = -1;
    });
    sign.on("click", () => this._say.opened(sign.item, sign));
    sign.on("keypress", ({ originalEvent }) => {
      if (originalEvent.key === "Enter" || originalEvent.key === " ") {
        originalEvent.preventDefault();
        this._say.opened(sign.item, sign);
      }
    });
    return sign;
  },

  /** What was drawn as a line or an area, once each, whichever tiles told of it. */
  _outline(drawn) {
    const before = this._shapes;
    this._shapes = new Map();
    for (const { id, geometry } of drawn) {
      if (this._shapes.has(id)) continue;
      const shape = before.get(id) ?? L.geoJSON(geometry, { interactive: false, style: { className: "mf-shape" } });
      before.delete(id);
      this._shapes.set(id, shape);
      if (!this._map.hasLayer(shape)) shape.addTo(this._map);
      this._markShape(id, shape);
    }
    for (const shape of before.values()) shape.remove();
  },

  _mark(sign) {
    const element = sign.getElement();
    const chosen = Boolean(this._selected) && (sign.item.pins ?? []).some(({ id }) => id === this._selected);
    element?.classList.toggle(sign.item.n === 1 ? "mf-pin--selected" : "mf-cluster--selected", chosen);
    sign.setZIndexOffset(chosen ? 100000 : sign.item.n);
  },

  _markShape(id, shape) {
    shape.eachLayer((one) => one.getElement()?.classList.toggle("mf-shape--selected", id === this._selected));
  },
});
