/* global L */
/**
 * A sheet over the map for thousands of marks, under its names and signs. It is painted when the map has come to rest
 * and moves along until then, so panning paints nothing. For the eye only: the page says the same in a table.
 */

export const Sheet = L.Renderer.extend({
  /** @param {(pen: CanvasRenderingContext2D, origin: L.Point) => void} paint marks lie at pixels of the world less `origin` */
  initialize(paint) {
    L.Renderer.prototype.initialize.call(this, { pane: "marks", padding: 0.15 });
    this._paintMarks = paint;
  },

  onAdd(map) {
    if (!map.getPane("marks")) map.createPane("marks").style.zIndex = "380";
    L.Renderer.prototype.onAdd.call(this, map);
  },

  /** Paint anew: the marks are others. */
  repaint() {
    if (!this._map || !this._bounds) return;
    const pen = this._container.getContext("2d");
    const { min, max } = this._bounds;
    pen.save();
    pen.clearRect(0, 0, this._container.width, this._container.height);
    pen.scale(this._sharp, this._sharp);
    pen.translate(-min.x, -min.y);
    this._paintMarks(pen, this._map.getPixelOrigin(), { min, max });
    pen.restore();
  },

  _initContainer() {
    this._container = document.createElement("canvas");
    this._container.className = "mf-sheet";
    this._container.setAttribute("aria-hidden", "true");
  },

  _destroyContainer() {
    this._container.remove();
    delete this._container;
  },

  _update() {
    if (this._map._animatingZoom && this._bounds) return;
    L.Renderer.prototype._update.call(this);
    const size = this._bounds.getSize();
    this._sharp = Math.min(2, devicePixelRatio || 1);
    this._container.width = size.x * this._sharp;
    this._container.height = size.y * this._sharp;
    this._container.style.width = `${size.x}px`;
    this._container.style.height = `${size.y}px`;
    L.DomUtil.setPosition(this._container, this._bounds.min);
    this.repaint();
  },
});
