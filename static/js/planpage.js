/* global L */
/** A plan's shapes on its map; a tap tells what lies inside, the table below says the same. */

import { cityMap } from "./citymap.js";

const frame = document.querySelector("[data-plan-map]");
if (frame) {
  const map = cityMap(document.getElementById("plan-map"));
  const answer = await fetch(frame.dataset.shapes).catch(() => null);
  if (answer?.ok) {
    L.geoJSON(await answer.json(), {
      style: ({ properties }) => ({ className: `mf-shape${properties.responses ? " mf-shape--answered" : ""}` }),
      pointToLayer: (_feature, at) => L.circleMarker(at, { radius: 10 }),
      onEachFeature: (feature, layer) => layer.bindPopup(() => told(feature)),
    }).addTo(map);
  }
}

/** Leaflet gets a node, never text that it would read as HTML. */
function told({ id, properties }) {
  const box = document.createElement("div");
  const name = document.createElement("h2");
  name.textContent = properties.label;
  box.append(name);
  for (const [words, count] of [[frame.dataset.pins, properties.pins], [frame.dataset.responses, properties.responses]]) {
    const line = document.createElement("p");
    line.textContent = words.replace("%(count)s", count);
    box.append(line);
  }
  if (frame.dataset.answerUrl) {
    const link = document.createElement("a");
    link.href = frame.dataset.answerUrl.replace("00000000-0000-0000-0000-000000000000", id);
    link.textContent = frame.dataset.answer;
    box.append(link);
  }
  return box;
}
