/* global L */
/** The planner's list of messages: the same filter's pins on the map, and an area drawn there put into the filter. */

import { boundsFrom, cityMap } from "./citymap.js";
import { drawing } from "./draw.js";
import { PinLayer } from "./pinlayer.js";

const frame = document.querySelector("[data-draw]");
const words = frame.dataset;
const field = document.getElementById(words.drawField);
const map = cityMap(document.getElementById("desk-map"));

const area = polygonOf(field.value);
if (area) {
  area.addTo(map);
  map.fitBounds(area.getBounds(), { padding: [24, 24], animate: false });
}

if (words.query) {
  const pins = new PinLayer(words.tiles, {
    label: (item) => (item.n === 1 ? item.headline : words.many.replace("{n}", item.n)),
    shown: () => {},
    opened: open,
  });
  pins.filter(words.query);
  pins.addTo(map);
}

drawing(map, frame, (ring) => {
  field.value = ring.map((corner) => corner.join(" ")).join(",");
  field.form.requestSubmit();
});

/** One message: its headline as a link. Several: nearer, and when they share one spot, the list of that spot. */
function open(item) {
  const [west, south, east, north] = item.bounds;
  const bounds = L.latLngBounds([south, west], [north, east]);
  const oneSpot = west === east && south === north;
  if (item.n > 1 && !oneSpot && map.getZoom() < map.getMaxZoom()) {
    const zoom = Math.max(map.getBoundsZoom(bounds, false, L.point(60, 60)), map.getZoom() + 1);
    map.setView(bounds.getCenter(), zoom);
    return;
  }
  const link = document.createElement("a");
  if (item.n === 1) {
    link.href = `/pins/${item.id}/`;
    link.lang = item.language;
    link.dir = "auto";
    link.textContent = item.headline;
  } else {
    const query = new URLSearchParams(words.query);
    query.set("near", `${item.lat},${item.lon},${Math.max(1, Math.ceil(map.distance([south, west], [north, east])))}`);
    link.href = `${words.pins}?${query}`;
    link.textContent = words.all;
  }
  L.popup({ offset: [0, -14] }).setLatLng([item.lat, item.lon]).setContent(link).openOn(map);
}

/** What the filter holds now, as a shape; null for nothing or for what the server refused. */
function polygonOf(text) {
  if (!text) return null;
  const box = text.includes(" ") ? null : boundsFrom(text);
  if (box) return L.rectangle(box, { className: "mf-drawing", interactive: false });
  const corners = text.split(",").map((pair) => pair.trim().split(/\s+/).map(Number).reverse());
  if (corners.length < 3 || corners.some((pair) => pair.length !== 2 || !pair.every(Number.isFinite))) return null;
  return L.polygon(corners, { className: "mf-drawing", interactive: false, smoothFactor: 0 });
}
