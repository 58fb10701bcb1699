/**
 * Classes of density: which one a square is in, how it looks, and the legend under the map, which is drawn of the very
 * same looks.
 */

const LOOKS = 5;
/** What part of its square a class fills: size says it to whoever cannot tell the colours apart. */
const PARTS = [0.4, 0.55, 0.7, 0.85, 1];

/** Whether so many messages make no density. */
export function tooFew(n) {
  return n < Number(document.getElementById("heat-key")?.dataset.few ?? 1);
}

/** Two figures: more would be made up. */
export function figure(density) {
  const digits = { maximumSignificantDigits: 2, minimumSignificantDigits: density < 1 ? 1 : undefined };
  return density.toLocaleString(document.documentElement.lang, digits);
}

/**
 * @param {number} n messages in the square
 * @param {number} density
 * @param {number[]} ends of the classes
 * @returns {{part: number, name: string}} part of the square that is filled, and the end of the colour's name
 */
export function lookOf(n, density, ends) {
  if (tooFew(n) || ends.length < 2) return { part: 0.2, name: "few" };
  const above = ends.filter((end) => density >= end).length;
  return classLook(Math.max(1, Math.min(ends.length - 1, above)), ends.length - 1);
}

/** Few classes are spread over all looks: the last is always the darkest and fullest. */
function classLook(nth, classes) {
  const step = LOOKS - Math.round(((classes - nth) * (LOOKS - 1)) / Math.max(1, classes - 1));
  return { part: PARTS[step - 1], name: String(step) };
}

/** Write the legend for these ends; without any it tells only of squares with too few. */
export function keyOf(ends) {
  const key = document.getElementById("heat-key");
  const said = ends.join(" ");
  if (!key || (key.dataset.said === said && !key.hidden)) return;
  key.dataset.said = said;
  const list = key.querySelector("ul");
  for (const old of list.querySelectorAll("[data-class]")) old.remove();
  const classes = ends.length - 1;
  for (let nth = 1; nth <= classes; nth += 1) {
    const { part, name } = classLook(nth, classes);
    const row = document.createElement("li");
    row.dataset.class = name;
    row.append(swatch(part, name), key.dataset.between.replace("{low}", figure(ends[nth - 1])).replace("{high}", figure(ends[nth])));
    list.append(row);
  }
  key.hidden = false;
}

function swatch(part, name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("class", "looking__sign");
  svg.setAttribute("viewBox", "0 0 28 28");
  svg.setAttribute("aria-hidden", "true");
  const side = 26 * part;
  const rect = document.createElementNS("http://www.w3.org/2000/svg", "rect");
  for (const [attribute, value] of [["x", 14 - side / 2], ["y", 14 - side / 2], ["width", side], ["height", side]]) {
    rect.setAttribute(attribute, String(value));
  }
  rect.setAttribute("class", `mf-heat-${name}`);
  svg.append(rect);
  return svg;
}
