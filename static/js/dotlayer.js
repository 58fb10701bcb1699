/**
 * Every message as a dot, and none left out: where messages are too close to be drawn apart, one dot stands for several
 * and looks so; many on one spot show their number where there is room.
 */

import { Sheet } from "./sheet.js";
import { TILE, TiledLayer } from "./tiledlayer.js";

const RADIUS = 4;
const SEVERAL = 6;
const CORE = 2.25;
/** With more dots than this they are drawn smaller, so that streets of them do not become a wall. */
const CROWDED = 1200;
const SMALLER = 0.62;
/** Pressing this many pixels beside a dot still means it. */
const NEAR = 16;

export const DotLayer = TiledLayer.extend({
  /**
   * @param {string} address `/tiles/dots/`
   * @param {object} words
   * @param {(seen: {n: number, together: boolean}, failed: boolean, query: string) => void} words.shown
   * @param {(dot: {n: number, lat: number, lon: number, bounds: number[]}) => void} words.opened
   */
  initialize(address, { shown, opened }) {
    TiledLayer.prototype.initialize.call(this, address);
    this._say = { shown, opened };
    this._dots = [];
    this._sheet = new Sheet((pen, origin, box) => this._dotsOn(pen, origin, box));
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

  /** Places are kept as parts of the world's width, so that they hold at every zoom. */
  _paint(tiles, complete, failed) {
    this._dots = tiles
      .flatMap(({ name, parts, dots }) => {
        const [zoom, column, row] = name.split("/").map(Number);
        const wide = 1 / (2 ** zoom * parts);
        return dots.map(([x, y, n = 1, spot = 0]) => ({
          x: (column * parts + x + 0.5) * wide,
          y: (row * parts + y + 0.5) * wide,
          wide,
          n,
          spot: Boolean(spot),
          roomy: parts === TILE,
        }));
      })
      .sort((a, b) => a.n - b.n);
    this._sheet.repaint();
    if (!complete) return;
    const world = this._world();
    const { min, max } = this._map.getPixelBounds();
    const seen = this._dots.filter(
      ({ x, y }) => x * world >= min.x && x * world < max.x && y * world >= min.y && y * world < max.y,
    );
    const n = seen.reduce((sum, dot) => sum + dot.n, 0);
    this._say.shown({ n, together: seen.some((dot) => dot.n > 1 && !dot.spot) }, failed, this._query);
  },

  _clear() {
    this._dots = [];
  },

  /** Width of the world in pixels. */
  _world() {
    return 256 * 2 ** this._map.getZoom();
  },

  _dotsOn(pen, origin, { min, max }) {
    const world = this._world();
    const values = getComputedStyle(this._map.getContainer());
    const ink = values.getPropertyValue("--dot").trim();
    const halo = values.getPropertyValue("--dot-halo").trim();
    const size = this._dots.length > CROWDED ? SMALLER : 1;
    pen.lineWidth = 1.25 * size;
    pen.textAlign = "center";
    pen.textBaseline = "middle";
    pen.font = `700 11px ${values.fontFamily}`;
    for (const { x, y, n, spot, roomy } of this._dots) {
      const left = x * world - origin.x;
      const top = y * world - origin.y;
      if (left < min.x - 16 || left > max.x + 16 || top < min.y - 16 || top > max.y + 16) continue;
      const numbered = spot && roomy;
      circle(pen, left, top, n === 1 ? RADIUS * size : numbered ? 8 + 2 * String(n).length : SEVERAL * size);
      pen.fillStyle = ink;
      pen.strokeStyle = halo;
      pen.fill();
      pen.stroke();
      if (n === 1) continue;
      pen.fillStyle = halo;
      if (numbered) {
        pen.fillText(String(n), left, top);
      } else {
        circle(pen, left, top, CORE * size);
        pen.fill();
      }
    }
  },

  _press({ latlng }) {
    const world = this._world();
    const at = this._map.project(latlng);
    const far = (dot) => Math.hypot(dot.x * world - at.x, dot.y * world - at.y);
    const dot = this._dots.reduce((best, one) => (!best || far(one) < far(best) ? one : best), null);
    if (!dot || far(dot) > NEAR) return;
    const place = (x, y) => this._map.unproject([x * world, y * world]);
    const [north, south] = [place(dot.x - dot.wide / 2, dot.y - dot.wide / 2), place(dot.x + dot.wide / 2, dot.y + dot.wide / 2)];
    const middle = place(dot.x, dot.y);
    this._say.opened({
      n: dot.n,
      lat: middle.lat,
      lon: middle.lng,
      bounds: [north.lng, south.lat, south.lng, north.lat],
    });
  },
});

function circle(pen, x, y, radius) {
  pen.beginPath();
  pen.arc(x, y, radius, 0, 2 * Math.PI);
}
