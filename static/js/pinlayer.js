/* global L */
/**
 * Pins on a map, from server-made tiles: clusters with their number, single pins by kind, lines and areas as drawn.
 * What would overlap on the screen is shown as one sign with the sum, so no pin is ever counted twice or lost: the
 * signs in sight add up to the list beside the map. Old signs stay until the new ones have come.
 */

import { labelsOf } from "./labels.js";
import { PinTiles } from "./pintiles.js";
import { closest, hearArrows, makeStop, middle } from "./signkeys.js";

/** Tiles are shown this wide. */
const TILE = 512;
/** Half the width of the largest sign and of the gap round it, in pixels. */
const WIDEST = 35;
/** Signs are drawn this part of the view beyond its edges, so that a drag does not bring bare ground. */
const BEYOND = 0.15;
/** While the map is dragged, tiles that come into sight are asked for this often, in milliseconds. */
const WHILE_MOVING = 200;

/** Width of the sign of this many, in pixels. */
function sizeOf(n) {
  return n < 10 ? 44 : n < 100 ? 54 : 66;
}

export const PinLayer = L.Layer.extend({
  /**
   * @param {string} address `/tiles/pins/`
   * @param {object} words
   * @param {(item: object) => string} words.label accessible name of a sign
   * @param {(items: object[], failed: boolean, query: string) => void} words.shown called when the signs in view have changed
   * @param {(item: object, sign: L.Marker) => void} words.opened called when a sign is pressed
   * @param {string} [words.hint] id of the element that says how to go from sign to sign
   */
  initialize(address, { label, shown, opened, hint }) {
    this._tiles = new PinTiles(address, () => this._arrived());
    this._say = { label, shown, opened, hint };
    this._query = "";
    this._wanted = [];
    this._signs = new Map();
    this._shapes = new Map();
    this._drawn = null;
    this._frame = 0;
  },

  onAdd(map) {
    this._map = map;
    this._moving = L.Util.throttle(this._load, WHILE_MOVING, this);
    hearArrows(map.getPane("markerPane"), () => this._elements());
    map.on("moveend", this._load, this).on("move", this._moving, this);
    this._load();
  },

  onRemove(map) {
    map.off("moveend", this._load, this).off("move", this._moving, this);
    this._tiles.want([]);
    cancelAnimationFrame(this._frame);
    this._show([]);
    this._outline([]);
    this._map = null;
  },

  /** Show the pins of another filter. @param {string} query canonical query string of a PinFilter */
  filter(query) {
    this._query = query;
    this._tiles.filter(query);
    if (this._map) this._load();
  },

  /** Somebody has just changed something: what the browser keeps is asked for again. */
  distrust() {
    this._tiles.distrust();
  },

  /** Make the sign that holds this pin stand out, and what was drawn for it; `null` takes it back. */
  select(id) {
    this._selected = id;
    for (const sign of this._signs.values()) this._mark(sign);
    for (const [of, shape] of this._shapes) this._markShape(of, shape);
  },

  _load() {
    if (!this._map) return;
    this._wanted = this._inSight();
    this._tiles.want(this._wanted);
    this._arrived();
  },

  /** Names of the tiles in sight, those in the middle first. */
  _inSight() {
    const zoom = Math.max(0, Math.round(this._map.getZoom()) - 1);
    const wide = TILE * 2 ** (this._map.getZoom() - zoom - 1);
    const bounds = this._map.getPixelBounds();
    const middle = bounds.getCenter().divideBy(wide);
    const last = 2 ** zoom - 1;
    const clamp = (value) => Math.min(last, Math.max(0, Math.floor(value / wide)));
    const found = [];
    for (let x = clamp(bounds.min.x); x <= clamp(bounds.max.x); x += 1) {
      for (let y = clamp(bounds.min.y); y <= clamp(bounds.max.y); y += 1) {
        found.push({ name: `${zoom}/${x}/${y}`, far: Math.hypot(x + 0.5 - middle.x, y + 0.5 - middle.y) });
      }
    }
    return found.sort((a, b) => a.far - b.far).map(({ name }) => name);
  },

  /**
   * Draw at the next frame. At another zoom or filter than what is drawn, not before all is here: half of the old and
   * half of the new would count some twice. An empty map shows what comes as it comes.
   */
  _arrived() {
    const complete = this._wanted.every((name) => this._tiles.get(name) || this._tiles.failed(name));
    const another = this._drawn !== null && this._drawn !== this._state();
    if (this._frame || (another && !complete)) return;
    this._frame = requestAnimationFrame(() => {
      this._frame = 0;
      if (this._map) this._draw();
    });
  },

  _state() {
    return `${this._map.getZoom()} ${this._query}`;
  },

  _draw() {
    const answers = this._wanted.map((name) => this._tiles.get(name));
    const complete = this._wanted.every((name, nth) => answers[nth] || this._tiles.failed(name));
    if (this._drawn !== null && this._drawn !== this._state() && !complete) return;
    const tiles = answers.filter(Boolean);
    const items = tiles.flatMap(({ clusters, pins }) => [
      ...clusters,
      ...pins.map((pin) => ({ n: 1, pins: [pin], kinds: { [pin.kind]: 1 }, ...pin })),
    ]);
    const merged = this._merged(items);
    const near = this._map.getBounds().pad(BEYOND);
    this._show(merged.filter(({ lat, lon }) => near.contains([lat, lon])));
    this._outline(tiles.flatMap(({ shapes, pins }) => [...shapes, ...pins.filter(({ geometry }) => geometry)]));
    if (tiles.length) this._drawn = this._state();
    if (complete) {
      const sight = this._map.getBounds();
      const seen = merged.filter(({ lat, lon }) => sight.contains([lat, lon]));
      this._say.shown(seen, tiles.length < answers.length, this._query);
    }
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
