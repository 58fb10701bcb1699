/* global L */
/**
 * What a map shows from server-made tiles: asks for those in sight, and draws when they are there. Each way of looking
 * extends it with `_paint`. Old marks stay until the new ones have come.
 */

import { PinTiles } from "./pintiles.js";

/** Tiles are shown this wide. */
export const TILE = 512;
/** While the map is dragged, tiles that come into sight are asked for this often, in milliseconds. */
const WHILE_MOVING = 200;

export const TiledLayer = L.Layer.extend({
  /** @param {string} address such as `/tiles/pins/` */
  initialize(address) {
    this._tiles = new PinTiles(address, () => this._arrived());
    this._query = "";
    this._wanted = [];
    this._drawn = null;
    this._frame = 0;
  },

  onAdd(map) {
    this._map = map;
    this._moving ??= L.Util.throttle(this._load, WHILE_MOVING, this);
    map.on("moveend", this._load, this).on("move", this._moving, this);
    this._load();
  },

  onRemove(map) {
    map.off("moveend", this._load, this).off("move", this._moving, this);
    this._tiles.want([]);
    cancelAnimationFrame(this._frame);
    this._frame = 0;
    this._clear();
    this._drawn = null;
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

  _load() {
    if (!this._map) return;
    this._wanted = this._inSight();
    this._tiles.want(this._wanted);
    this._arrived();
  },

  /** Of which zoom the tiles are that are in sight. */
  _tileZoom() {
    return Math.max(0, Math.round(this._map.getZoom()) - 1);
  },

  /** Names of the tiles in sight, those in the middle first. */
  _inSight() {
    const zoom = this._tileZoom();
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
    if (!this._map) return;
    const another = this._drawn !== null && this._drawn !== this._state();
    if (this._frame || (another && !this._complete())) return;
    this._frame = requestAnimationFrame(() => {
      this._frame = 0;
      if (this._map) this._draw();
    });
  },

  _complete() {
    return this._wanted.every((name) => this._tiles.get(name) || this._tiles.failed(name));
  },

  _state() {
    return `${this._map.getZoom()} ${this._query}`;
  },

  _draw() {
    const complete = this._complete();
    if (this._drawn !== null && this._drawn !== this._state() && !complete) return;
    const here = this._wanted.filter((name) => this._tiles.get(name));
    this._paint(
      here.map((name) => ({ ...this._tiles.get(name), name })),
      complete,
      here.length < this._wanted.length,
    );
    if (here.length) this._drawn = this._state();
  },

  /**
   * @param {object[]} tiles those that are here, each with its `name`
   * @param {boolean} complete no further ones will come
   * @param {boolean} failed some could not be had
   */
  _paint() {},

  /** Take everything off the map. */
  _clear() {},
});
