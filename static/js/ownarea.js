/* global L */
/** An association draws its own area: over the city's districts, into a field of the form around the map. */

import { addDistricts, cityMap } from "./citymap.js";
import { drawing } from "./draw.js";

const frame = document.querySelector("[data-draw]");
const words = frame.dataset;
const field = document.getElementById(words.drawField);
const map = cityMap(document.getElementById("own-map"));
const corners = field.value.split(",").map((pair) => pair.trim().split(/\s+/).map(Number).reverse());
const begun = corners.length > 2 && corners.every((pair) => pair.length === 2 && pair.every(Number.isFinite));
/** What the form came back with: it stays to be seen until a new drawing begins. */
const before = begun ? L.polygon(corners, { className: "mf-drawing", interactive: false, smoothFactor: 0 }) : null;

if (words.districts) addDistricts(map, words.districts);
if (words.own) addDistricts(map, words.own, { classOf: () => "mf-border--new", names: false });
if (before) map.fitBounds(before.addTo(map).getBounds(), { padding: [24, 24], animate: false });

drawing(map, frame, (ring) => {
  field.value = ring.map((corner) => corner.join(" ")).join(",");
  frame.querySelector("[role=status]").textContent = words.drawDone;
  frame.querySelector("[data-draw-do=start]").focus();
});

// Whoever starts anew, or gives up, has no area drawn.
const forget = () => {
  before?.remove();
  field.value = "";
};
frame.querySelector("[data-draw-do=start]").addEventListener("click", forget);
