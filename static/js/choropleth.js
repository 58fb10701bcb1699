/* global L */
/**
 * All districts on a map, painted in classes. The classes, words and addresses come from the page; the table below the
 * map says the same. A district opens by a press or by Enter; its name and number show on hover and on focus.
 */

import { addDistricts, cityMap } from "./citymap.js";

const { dataset } = document.querySelector("script[data-borders]");
const painted = JSON.parse(document.getElementById("districts-painted").textContent);
const map = cityMap(document.getElementById("map"));

addDistricts(map, dataset.borders, {
  classOf: ({ properties }) => `mf-class-${painted[properties.code]?.code ?? "0"}`,
  each: ({ properties }, layer) => {
    const area = painted[properties.code];
    if (!area) return;
    layer.bindTooltip(label(area), { sticky: true, direction: "top" });
    layer.on("click", () => location.assign(area.url));
    layer.on("add", () => operable(layer, area));
  },
});

/** Name, messages and, when the map shows it, the rate or the share. */
function label(area) {
  const box = document.createElement("div");
  box.append(line(area.name, "strong"), line(area.messages));
  if (dataset.shows === "per_1000") box.append(line(`${dataset.per1000}: ${area.per_1000}`));
  if (dataset.shows === "days") box.append(line(`${dataset.days}: ${area.days}`));
  if (dataset.shows === "answered") box.append(line(`${dataset.answered}: ${area.answered}`));
  return box;
}

function line(text, tag = "span") {
  const element = document.createElement(tag);
  element.className = "district-label__line";
  element.textContent = text;
  return element;
}

/** A drawn district as a link: reachable and operable by keyboard, with a name. */
function operable(layer, area) {
  const path = layer.getElement();
  path.setAttribute("role", "link");
  path.setAttribute("tabindex", "0");
  path.setAttribute("aria-label", `${area.name}: ${area.messages}`);
  path.addEventListener("focus", () => layer.openTooltip(layer.getBounds().getCenter()));
  path.addEventListener("blur", () => layer.closeTooltip());
  path.addEventListener("keydown", (event) => {
    if (event.key === "Enter") location.assign(area.url);
  });
}
