/**
 * Density: squares of a grid that is the same for everybody, larger and darker where more messages lie on a square
 * kilometre. The classes follow from all messages of the filter, so that a colour means the same wherever the map is
 * moved; squares with too few messages to say are small and hollow.
 */

import { figure, keyOf, lookOf, tooFew } from "./heatkey.js";
import { Sheet } from "./sheet.js";
import { TiledLayer } from "./tiledlayer.js";

/** A tile has 2^this squares each way; grids are from the coarsest to the finest. */
const BITS = 4;
const COARSEST = 7;
const FINEST = 17;

export const HeatLayer = TiledLayer.extend({
  /**
   * @param {string} address `/tiles/heat/`
   * @param {object} words
   * @param {(n: number, failed: boolean, query: string) => void} words.shown called when other squares are in sight
   * @param {(square: object) => void} words.opened called with n, density (as written) and bounds of a pressed square
   * @param {(grid: number) => void} [words.grid] called with the grid that the map has come to show
   */
  initialize(address, { shown, opened, grid }) {
    TiledLayer.prototype.initialize.call(this, address);
    this._address = address;
    this._say = { shown, opened, grid };
    this._squares = [];
    this._grid = null;
    this._scale = null;
    this._sheet = new Sheet((pen, origin, box) => this._squaresOn(pen, origin, box));
  },

  onAdd(map) {
    this._sheet.addTo(map);
    map.on("click", this._press, this);
    TiledLayer.prototype.onAdd.call(this, map);
  },

  onRemove(map) {
    map.off("click", this._press, this);
    TiledLayer.prototype.onRemove.call(this, map);
    this._sheet.remove();
  },

  filter(query) {
    this._scale = null;
    TiledLayer.prototype.filter.call(this, query);
    fetch(`${this._address}scale.json${query ? `?${query}` : ""}`)
      .then((answer) => (answer.ok ? answer.json() : {}))
      .catch(() => ({}))
      .then((scale) => {
        if (query !== this._query) return;
        this._scale = scale;
        this._load();
      });
  },

  /** The server says which grid: a coarser one where too many squares would hold too few messages. */
  _tileZoom() {
    const finest = Math.min(FINEST, Math.max(COARSEST, Math.round(this._map.getZoom()) - 1 + BITS));
    return (this._scale.grids?.[finest] ?? finest) - BITS;
  },

  /** Which tiles there are is known with the scale. */
  _load() {
    if (this._scale) TiledLayer.prototype._load.call(this);
  },

  _complete() {
    return this._scale !== null && TiledLayer.prototype._complete.call(this);
  },

  _paint(tiles, complete, failed) {
    this._squares = tiles.flatMap(({ squares }) => squares);
    const grid = tiles[0]?.zoom ?? null;
    this._grid = grid;
    this._ends = this._scale.ends?.[grid] ?? [];
    keyOf(this._ends);
    this._sheet.repaint();
    if (!complete) return;
    if (grid !== null) this._say.grid?.(grid);
    const { min, max } = this._map.getPixelBounds();
    const wide = this._wide();
    const seen = this._squares.filter(
      ([x, y]) => (x + 1) * wide > min.x && x * wide < max.x && (y + 1) * wide > min.y && y * wide < max.y,
    );
    this._say.shown(seen.reduce((sum, [, , n]) => sum + n, 0), failed, this._query);
  },

  _clear() {
    this._squares = [];
    this._grid = null;
  },

  /** Width of a square in pixels. */
  _wide() {
    return 256 * 2 ** (this._map.getZoom() - this._grid);
  },

  _squaresOn(pen, origin, { min, max }) {
    if (this._grid === null) return;
    const wide = this._wide();
    const values = getComputedStyle(this._map.getContainer());
    const colour = (name) => values.getPropertyValue(`--heat-${name}`).trim();
    const edge = colour("edge");
    for (const [x, y, n, density] of this._squares) {
      const { part, name } = lookOf(n, density, this._ends);
      const side = wide * part;
      const left = x * wide + (wide - side) / 2 - origin.x;
      const top = y * wide + (wide - side) / 2 - origin.y;
      if (left > max.x || top > max.y || left + side < min.x || top + side < min.y) continue;
      pen.fillStyle = colour(name);
      pen.globalAlpha = 0.82;
      pen.fillRect(left, top, side, side);
      pen.globalAlpha = 1;
      pen.lineWidth = 1;
      pen.strokeStyle = edge;
      pen.strokeRect(left + 0.5, top + 0.5, side - 1, side - 1);
    }
  },

  _press({ latlng }) {
    if (this._grid === null) return;
    const wide = this._wide();
    const at = this._map.project(latlng);
    const column = Math.floor(at.x / wide);
    const row = Math.floor(at.y / wide);
    const found = this._squares.find(([x, y]) => x === column && y === row);
    if (!found) return;
    const corner = (x, y) => this._map.unproject([x * wide, y * wide]);
    const [, , n, density] = found;
    const [north, south] = [corner(column, row), corner(column + 1, row + 1)];
    this._say.opened({
      n,
      density: tooFew(n) ? null : figure(density),
      lat: (north.lat + south.lat) / 2,
      lon: (north.lng + south.lng) / 2,
      bounds: [north.lng, south.lat, south.lng, north.lat],
    });
  },
});
