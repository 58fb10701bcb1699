/* global L */
/** The planner's list of messages: its dots on the map, and an area drawn there put into the filter. */

import { boundsFrom, cityMap } from "./citymap.js";
import { drawing } from "./draw.js";

const frame = document.querySelector("[data-draw]");
const field = document.getElementById(frame.dataset.drawField);
const map = cityMap(document.getElementById("desk-map"));

const area = polygonOf(field.value);
if (area) {
  area.addTo(map);
  map.fitBounds(area.getBounds(), { padding: [24, 24], animate: false });
}

for (const { at, kind, label, url } of JSON.parse(document.getElementById("dots").textContent)) {
  const icon = L.divIcon({ className: `mf-pin mf-pin--${kind} mf-pin--small`, iconSize: [32, 32] });
  const link = document.createElement("a");
  link.href = url;
  link.textContent = label;
  // The list below is the keyboard's way to every message: the dots stay out of the tab order.
  L.marker(at, { icon, keyboard: false, bubblingMouseEvents: true }).addTo(map).bindPopup(link);
}

drawing(map, frame, (ring) => {
  field.value = ring.map((corner) => corner.join(" ")).join(",");
  field.form.requestSubmit();
});

/** What the filter holds now, as a shape; null for nothing or for what the server refused. */
function polygonOf(text) {
  if (!text) return null;
  const box = text.includes(" ") ? null : boundsFrom(text);
  if (box) return L.rectangle(box, { className: "mf-drawing", interactive: false });
  const corners = text.split(",").map((pair) => pair.trim().split(/\s+/).map(Number).reverse());
  if (corners.length < 3 || corners.flat().some((number) => !Number.isFinite(number))) return null;
  return L.polygon(corners, { className: "mf-drawing", interactive: false, smoothFactor: 0 });
}
