/* global L */
/**
 * New borders over those in force, and the points of the report with their numbers. The tables below say the same.
 */

import { cityMap } from "./citymap.js";
import { labelsOf, nameOf } from "./labels.js";

const frame = document.querySelector("[data-borders-map]");
if (frame) {
  const map = cityMap(document.getElementById("borders-map"));
  const [inForce, draft, findings] = await Promise.all(
    [frame.dataset.inForce, frame.dataset.draft, frame.dataset.findings].map(read),
  );
  if (inForce) lines(map, inForce, "mf-border--old");
  if (draft) {
    lines(map, draft, "mf-border--new");
    labelsOf(map).put(
      draft.features.map(({ properties }) => ({
        lat: properties.label[1],
        lon: properties.label[0],
        text: nameOf(properties),
        kind: "district",
        rank: 0,
        from: 10,
      })),
    );
  }
  if (findings) points(map, findings);
}

async function read(url) {
  const answer = url ? await fetch(url).catch(() => null) : null;
  return answer?.ok ? answer.json() : null;
}

function lines(map, data, className) {
  L.geoJSON(data, { interactive: false, smoothFactor: 0, style: () => ({ className }) }).addTo(map);
}

/** Most of what is found is far too small to be seen from afar: a sign with its number stands where it is. */
function points(map, data) {
  const shapes = L.geoJSON(data, {
    interactive: false,
    style: () => ({ className: "mf-finding" }),
    pointToLayer: (_feature, at) => L.circleMarker(at, { radius: 6, className: "mf-finding", interactive: false }),
  }).addTo(map);
  shapes.eachLayer((layer) => {
    const { number, name } = layer.feature.properties;
    const at = layer.getLatLng?.() ?? layer.getBounds().getCenter();
    const label = frame.dataset.finding.replace("%(number)s", number).replace("%(name)s", name);
    const text = document.createElement("span");
    text.textContent = number;
    const icon = L.divIcon({ html: text, className: "mf-finding-number", iconSize: [28, 28] });
    // Thirty signs can be walked through by keyboard; with more, the table is the way.
    const marker = L.marker(at, { icon, keyboard: data.features.length <= 30, title: label, alt: label });
    marker.on("click", () => map.flyTo(at, Math.max(map.getZoom(), 16), { animate: false })).addTo(map);
  });
}
