/** The map on the page of all districts of a division, painted in classes. */

import { cityMap } from "./citymap.js";
import { paintDistricts } from "./painted.js";

const { dataset } = document.querySelector("script[data-borders]");
const districts = JSON.parse(document.getElementById("districts-painted").textContent);

/** The rate, the share or the days, when the map shows them. */
function more(area) {
  if (dataset.shows === "per_1000") return [`${dataset.per1000}: ${area.per_1000}`];
  if (dataset.shows === "days") return [`${dataset.days}: ${area.days}`];
  return dataset.shows === "answered" ? [`${dataset.answered}: ${area.answered}`] : [];
}

paintDistricts(cityMap(document.getElementById("map")), dataset.borders, districts, more);
