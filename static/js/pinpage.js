/* global L */
/** One pin's own page: its place on a small map. The page says the same in words. */

import { cityMap } from "./citymap.js";

const element = document.getElementById("place-map");
const place = document.getElementById("place");
if (element && place) {
  const { geometry, kind } = JSON.parse(place.textContent);
  const map = cityMap(element);
  L.geoJSON(geometry, {
    style: { className: "mf-shape" },
    interactive: false,
    pointToLayer: (_feature, at) =>
      L.marker(at, {
        interactive: false,
        keyboard: false,
        icon: L.divIcon({ className: `mf-pin mf-pin--${kind}`, iconSize: [36, 36] }),
      }),
  }).addTo(map);
}
