/* global L */
/**
 * In which way the map shows what the filter chose: clusters, dots, density or painted districts. One way at a time;
 * what a way needs is fetched when it is first looked at.
 */

import { paintDistricts } from "./painted.js";

export class Looks {
  #map;
  #pins;
  #address;
  #say;
  #way = "";
  #layers = {};
  #painted = null;
  #ring = null;
  #turn = 0;
  #distrusted = false;

  /**
   * @param {L.Map} map
   * @param {import("./pinlayer.js").PinLayer} pins the clusters
   * @param {string} address `/tiles/`
   * @param {object} say `dots` and `heat`: what those layers call; `districts(data)`: lines for a district
   */
  constructor(map, pins, address, say) {
    this.#map = map;
    this.#pins = pins;
    this.#address = address;
    this.#say = say;
  }

  /** Ask the server again for what the browser keeps. */
  distrust() {
    this.#distrusted = true;
    this.#pins.distrust();
  }

  /** Show these messages as the page says. @param {string} query canonical query string of a PinFilter */
  async show(query) {
    const turn = (this.#turn += 1);
    const way = document.getElementById("looking").dataset.way;
    const layer = await this.#layer(way);
    if (turn !== this.#turn) return;
    for (const other of [this.#pins, ...Object.values(this.#layers)]) if (other !== layer) other.remove();
    this.#painted?.remove();
    this.#painted = null;
    this.#way = way;
    layer?.filter(query);
    if (layer && !this.#map.hasLayer(layer)) layer.addTo(this.#map);
    if (way === "districts") await this.#paint(turn);
  }

  /** One message stands out: its sign, or a ring where it is. @param {string | null} id */
  select(id) {
    this.#pins.select(id);
    this.#ring?.remove();
    this.#ring = null;
    const link = id && document.querySelector(`[data-show="${CSS.escape(id)}"]`);
    if (!link || this.#way === "clusters") return;
    const [, lat, lon] = link.hash.split("/").map(Number);
    this.#ring = L.circleMarker([lat, lon], { radius: 14, interactive: false, className: "mf-ring" }).addTo(this.#map);
  }

  async #layer(way) {
    if (way === "clusters") return this.#pins;
    if (way === "districts") return null;
    if (!this.#layers[way]) {
      this.#layers[way] =
        way === "heat"
          ? new (await import("./heatlayer.js")).HeatLayer(`${this.#address}heat/`, this.#say.heat)
          : new (await import("./dotlayer.js")).DotLayer(`${this.#address}dots/`, this.#say.dots);
      if (this.#distrusted) this.#layers[way].distrust();
    }
    return this.#layers[way];
  }

  async #paint(turn) {
    const painted = document.getElementById("painted");
    if (!painted) return;
    const districts = JSON.parse(document.getElementById("districts-painted").textContent);
    const layer = await paintDistricts(this.#map, painted.dataset.borders, districts, this.#say.districts);
    if (turn !== this.#turn) layer?.remove();
    else this.#painted = layer;
    this.#say.painted(Boolean(layer));
  }
}
