/**
 * Districts painted in classes on a map. The classes, words and addresses come from the page; its table says the same.
 * A district opens by a press or by Enter; its name and number show on hover and on focus.
 */

import { addDistricts } from "./citymap.js";

/**
 * @param {L.Map} map
 * @param {string} url of the borders
 * @param {Record<string, object>} districts what the page tells of each, by its code
 * @param {(district: object) => string[]} more lines under name and messages
 * @returns {Promise<L.GeoJSON | null>}
 */
export function paintDistricts(map, url, districts, more) {
  return addDistricts(map, url, {
    classOf: ({ properties }) => `mf-class-${districts[properties.code]?.code ?? "0"}`,
    each: ({ properties }, layer) => {
      const area = districts[properties.code];
      if (!area) return;
      layer.bindTooltip(label(area, more(area)), { sticky: true, direction: "top" });
      layer.on("click", () => open(area.url, "_top"));
      layer.on("add", () => operable(layer, area));
    },
  });
}

function label(area, more) {
  const box = document.createElement("div");
  box.append(line(area.name, "strong"), line(area.messages), ...more.map((text) => line(text)));
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
    if (event.key === "Enter") open(area.url, "_top");
  });
}
