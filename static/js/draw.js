/* global L */
/**
 * Drawing one polygon on a map without dragging and without a mouse: a tap, or Enter at the crosshair, adds a corner;
 * buttons undo, finish and cancel. Nothing is drawn over the page's gestures: moving the map works all the while.
 */

import { whenStill } from "./citymap.js";

const MAX_CORNERS = 199;

/**
 * Let a person draw on the map of a frame. The frame's data attributes hold every word (see templates/layers/pins.html);
 * its buttons say with `data-draw-do` what they do: start, corner, undo, finish, cancel.
 * @param {L.Map} map
 * @param {HTMLElement} frame
 * @param {(ring: [number, number][]) => void} done called with [lon, lat] corners, first one not repeated
 */
export function drawing(map, frame, done) {
  const words = frame.dataset;
  const status = frame.querySelector("[role=status]");
  const group = frame.querySelector("[role=group]");
  const button = (name) => group.querySelector(`[data-draw-do=${name}]`);
  const container = map.getContainer();
  const crosshair = document.createElement("span");
  crosshair.className = "mf-crosshair";
  crosshair.setAttribute("aria-hidden", "true");
  crosshair.hidden = true;
  container.append(crosshair);
  const line = L.polygon([], { className: "mf-drawing", interactive: false, smoothFactor: 0 });
  const marks = L.layerGroup();
  /** @type {L.LatLng[]} */
  let corners = [];
  let active = false;

  const say = (text) => {
    status.textContent = text;
  };
  const count = () => (words.drawCorners ?? "").replace("%(count)s", String(corners.length));

  const redraw = () => {
    line.setLatLngs(corners);
    marks.clearLayers();
    for (const corner of corners) {
      const icon = L.divIcon({ className: "mf-vertex", iconSize: [24, 24] });
      marks.addLayer(L.marker(corner, { icon, interactive: false, keyboard: false }));
    }
    button("undo").disabled = corners.length === 0;
  };

  const add = (corner) => {
    if (corners.length >= MAX_CORNERS) return say(words.drawFull);
    // Pressed twice on one spot: no second corner, which would only make a line without length.
    if (corners.at(-1)?.equals(corner)) return say(count());
    corners = [...corners, corner];
    redraw();
    return say(crosses(corners, false) ? words.drawCrossing : count());
  };

  const undo = () => {
    corners = corners.slice(0, -1);
    redraw();
    say(count());
  };

  const show = (drawing) => {
    active = drawing;
    for (const name of ["corner", "undo", "finish", "cancel"]) button(name).hidden = !drawing;
    button("start").hidden = drawing;
    crosshair.hidden = !drawing;
    container.classList.toggle("mf-map--drawing", drawing);
    if (drawing) map.doubleClickZoom.disable();
    else map.doubleClickZoom.enable();
  };

  const start = () => {
    corners = [];
    line.addTo(map);
    marks.addTo(map);
    redraw();
    show(true);
    say(words.drawStart);
    container.focus();
  };

  const stop = () => {
    show(false);
    line.remove();
    marks.remove();
    say(words.drawCancelled);
    button("start").focus();
  };

  const finish = () => {
    if (corners.length < 3) return say(words.drawFew);
    if (crosses(corners, true)) return say(words.drawCrossing);
    show(false);
    return done(corners.map(({ lng, lat }) => [Number(lng.toFixed(6)), Number(lat.toFixed(6))]));
  };

  const addCentre = () => whenStill(map, () => active && add(map.getCenter()));

  map.on("click", (event) => active && add(event.latlng));
  container.addEventListener("keydown", (event) => {
    if (!active || event.target !== container) return;
    const act = { Enter: addCentre, Backspace: undo, Escape: stop }[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  });
  const acts = { start, corner: addCentre, undo, finish, cancel: stop };
  group.addEventListener("click", (event) => {
    const pressed = event.target.closest("[data-draw-do]");
    if (pressed) acts[pressed.dataset.drawDo]();
  });
  group.hidden = false;
}

/** Whether the line through the corners (closed or not yet) crosses itself. */
function crosses(corners, closed) {
  const ends = closed ? [...corners, corners[0]] : corners;
  for (let i = 0; i + 1 < ends.length; i += 1) {
    for (let j = i + 2; j + 1 < ends.length; j += 1) {
      const neighbours = closed && i === 0 && j + 2 === ends.length;
      if (!neighbours && meet(ends[i], ends[i + 1], ends[j], ends[j + 1])) return true;
    }
  }
  return false;
}

function meet(a, b, c, d) {
  const side = (p, q, r) => Math.sign((q.lng - p.lng) * (r.lat - p.lat) - (q.lat - p.lat) * (r.lng - p.lng));
  return side(a, b, c) !== side(a, b, d) && side(c, d, a) !== side(c, d, b);
}
