/* global L */
/**
 * One district with its messages: the same signs as on the map page, of the same filter as the numbers beside it.
 */

import { addDistricts, cityMap } from "./citymap.js";
import { PinLayer } from "./pinlayer.js";

const { dataset } = document.querySelector("script[data-border]");
const kinds = JSON.parse(document.getElementById("kinds").textContent);
const status = document.getElementById("map-status");
const map = cityMap(document.getElementById("map"));

addDistricts(map, dataset.border);

const pins = new PinLayer(dataset.tiles, {
  label: (item) => (item.n === 1 ? `${kinds[item.kind]}: ${item.headline}` : status.dataset.cluster.replace("{n}", item.n)),
  shown: (_items, failed) => {
    status.textContent = failed ? status.dataset.failed : "";
  },
  opened: (item) => {
    if (item.n === 1) return location.assign(`${dataset.pins}${item.id}/`);
    const [west, south, east, north] = item.bounds;
    const bounds = L.latLngBounds([south, west], [north, east]);
    // Many on one spot cannot be zoomed apart: the list beside the big map tells them.
    if (west === east && south === north) return location.assign(`/?${dataset.query}#19/${item.lat}/${item.lon}`);
    return map.setView(bounds.getCenter(), Math.max(map.getBoundsZoom(bounds, false, L.point(60, 60)), map.getZoom() + 1));
  },
});
// By older borders there is no such filter: the border alone is drawn.
if (dataset.query) {
  pins.filter(dataset.query);
  pins.addTo(map);
}
