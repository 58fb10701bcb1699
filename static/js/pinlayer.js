/* global L */
/**
 * Pins on a map, from server-made tiles (`/tiles/pins/<z>/<x>/<y>.json?<filter>`): clusters with their number, single
 * pins by kind, lines and areas as drawn. What would overlap on the screen is shown as one sign with the sum, so no
 * pin is ever counted twice or lost: the signs in sight add up to the list beside the map.
 */

import { labelsOf } from "./labels.js";

/** Tiles are shown this wide, so a cell of the server's 8 × 8 is as wide as the largest sign. */
const TILE = 512;
/** Half the width of the largest sign and of the gap round it, in pixels. */
const WIDEST = 35;
const KEPT = 400;

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
   */
  initialize(address, { label, shown, opened }) {
    this._address = address;
    this._say = { label, shown, opened };
    this._query = "";
    this._tiles = new Map();
    this._signs = new Map();
    this._shapes = L.layerGroup();
    this._round = 0;
  },

  onAdd(map) {
    this._map = map;
    this._shapes.addTo(map);
    map.on("moveend", this._load, this);
    this._load();
  },

  onRemove(map) {
    map.off("moveend", this._load, this);
    this._show([]);
    this._shapes.remove();
  },

  /** Show the pins of another filter. @param {string} query canonical query string of a PinFilter */
  filter(query) {
    this._query = query;
    this._tiles.clear();
    if (this._map) this._load();
  },

  /** Make the sign that holds this pin stand out; `null` takes it back. */
  select(id) {
    this._selected = id;
    for (const sign of this._signs.values()) this._mark(sign);
  },

  async _load() {
    const round = ++this._round;
    const zoom = Math.max(0, Math.round(this._map.getZoom()) - 1);
    const answers = await Promise.all(this._wanted(zoom).map((tile) => this._tile(tile)));
    if (round !== this._round || !this._map) return;
    const items = [];
    for (const { clusters, pins } of answers.filter(Boolean)) {
      items.push(...clusters, ...pins.map((pin) => ({ n: 1, pins: [pin], ...pin })));
    }
    this._show(this._merged(items), answers.includes(null));
  },

  /** Names of the tiles in sight. */
  _wanted(zoom) {
    const scale = 2 ** (this._map.getZoom() - zoom - 1);
    const bounds = this._map.getPixelBounds();
    const last = 2 ** zoom - 1;
    const clamp = (value) => Math.min(last, Math.max(0, Math.floor(value / (TILE * scale))));
    const names = [];
    for (let x = clamp(bounds.min.x); x <= clamp(bounds.max.x); x += 1) {
      for (let y = clamp(bounds.min.y); y <= clamp(bounds.max.y); y += 1) names.push(`${zoom}/${x}/${y}`);
    }
    return names;
  },

  /** @returns {Promise<object | null>} null when it did not arrive; it is asked again at the next move */
  _tile(name) {
    if (!this._tiles.has(name)) {
      if (this._tiles.size > KEPT) this._tiles.clear();
      const query = this._query ? `?${this._query}` : "";
      const tiles = this._tiles;
      const arriving = fetch(`${this._address}${name}.json${query}`)
        .then((answer) => (answer.ok ? answer.json() : null))
        .catch(() => null)
        .then((tile) => {
          if (!tile) tiles.delete(name);
          return tile;
        });
      tiles.set(name, arriving);
    }
    return this._tiles.get(name);
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
        grid.set(`${column} ${row}`, [...(grid.get(`${column} ${row}`) ?? []), fresh]);
        kept.push(fresh);
      } else {
        host.n += item.n;
        host.pins = host.pins && item.pins ? [...host.pins, ...item.pins] : null;
        const [w, s, e, n] = host.bounds;
        host.bounds = [Math.min(w, west), Math.min(s, south), Math.max(e, east), Math.max(n, north)];
      }
    }
    return kept;
  },

  /** Put these on the map; signs that stay are not touched, so the focus stays on them. */
  _show(items, failed = false) {
    const before = this._signs;
    this._signs = new Map();
    this._shapes.clearLayers();
    for (const item of items) {
      const key = `${item.n} ${item.lon} ${item.lat} ${item.n === 1 ? item.id : ""}`;
      const sign = before.get(key) ?? this._sign(item);
      sign.item = item;
      before.delete(key);
      this._signs.set(key, sign);
      for (const pin of item.pins ?? []) if (pin.geometry) this._draw(pin.geometry);
      if (this._map && !this._map.hasLayer(sign)) sign.addTo(this._map);
      this._mark(sign);
    }
    for (const sign of before.values()) sign.remove();
    if (this._map) labelsOf(this._map).avoid(items.map(({ lat, lon, n }) => ({ lat, lon, size: sizeOf(n) })));
    const sight = this._map?.getBounds();
    this._say.shown(
      items.filter(({ lat, lon }) => sight?.contains([lat, lon])),
      failed,
      this._query,
    );
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
      element.dataset.n = String(item.n);
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

  _draw(geometry) {
    L.geoJSON(geometry, { interactive: false, style: { className: "mf-shape" } }).addTo(this._shapes);
  },

  _mark(sign) {
    const element = sign.getElement();
    const chosen = Boolean(this._selected) && (sign.item.pins ?? []).some(({ id }) => id === this._selected);
    element?.classList.toggle(sign.item.n === 1 ? "mf-pin--selected" : "mf-cluster--selected", chosen);
    sign.setZIndexOffset(chosen ? 100000 : sign.item.n);
  },
});
