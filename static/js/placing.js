/* global L */
/**
 * Showing a place on the form's map: aim with the crosshair and press "Put it here", or tap the map, or walk with the
 * arrow keys and press Enter. A route or an area is drawn corner by corner in the same way. No dragging is needed.
 * The form works without this file: the list of districts and the place in words are always there.
 */

import { addDistricts, cityMap, whenStill } from "./citymap.js";
import { readView } from "./hash.js";

const CLOSE_ENOUGH = 13;
const box = document.getElementById("placing");
const form = document.getElementById("pin-form");
if (box && form) start();

function start() {
  box.hidden = false;
  const map = cityMap(document.getElementById("pin-map"));
  const status = document.getElementById("placing-status");
  const geometry = form.elements.geometry;
  const button = Object.fromEntries([...box.querySelectorAll("[data-do]")].map((one) => [one.dataset.do, one]));
  const drawing = document.getElementById("drawing");
  const approximate = document.getElementById("approximate-row");
  const send = form.querySelector("[type=submit]");
  const shown = L.layerGroup().addTo(map);
  let corners = null; // of the route or area being drawn
  let shape = "";

  for (const url of box.dataset.districts.split(" ").filter(Boolean)) addDistricts(map, url);
  const view = readView(location.hash);
  // Who comes from the whole city's view needs to come closer before a place can be aimed at.
  if (view) map.setView([view.lat, view.lon], Math.max(view.zoom, CLOSE_ENOUGH), { animate: false });

  const say = (text, more = "") => {
    status.textContent = (text ?? "").replace("%s", more);
  };

  const show = (value) => {
    shown.clearLayers();
    if (!value) return;
    const kind = form.elements.kind.value || "feedback";
    L.geoJSON(value, {
      interactive: false,
      style: { className: "mf-drawing" },
      pointToLayer: (_feature, at) => mark(at, `mf-pin mf-pin--${kind}`, 36),
    }).addTo(shown);
  };

  const keep = (value) => {
    if (geometry.value) form.elements.marker_moved.value = "on";
    geometry.value = value ? JSON.stringify(value) : "";
    button.clear.hidden = !value;
    approximate.hidden = !value;
    show(value);
  };

  /** Say that the place is marked, and for a point in which district, or that it is in none of ours. */
  const tell = async (place) => {
    say(status.dataset[place.type === "Point" ? "put" : place.type === "Polygon" ? "polygon" : "line"]);
    if (place.type !== "Point") return;
    const answer = await fetch(`/areas/at?lat=${place.coordinates[1]}&lon=${place.coordinates[0]}`).catch(() => null);
    if (!answer?.ok || geometry.value !== JSON.stringify(place)) return;
    const { municipality, areas } = await answer.json();
    if (!municipality) say(status.dataset.outside);
    else if (areas?.length) say(status.dataset.putIn, areas[0].name);
  };

  const put = (at) => {
    const place = { type: "Point", coordinates: [round(at.lng), round(at.lat)] };
    keep(place);
    tell(place);
  };

  const redraw = () => {
    shown.clearLayers();
    const line = corners.map(([lon, lat]) => [lat, lon]);
    (shape === "polygon" ? L.polygon : L.polyline)(line, { className: "mf-drawing", interactive: false }).addTo(shown);
    for (const at of line) mark(at, "mf-vertex", 16).addTo(shown);
    const enough = corners.length >= (shape === "polygon" ? 3 : 2);
    const crossed = shape === "polygon" && enough && crossing(corners);
    button.finish.disabled = !enough || crossed;
    button.undo.disabled = corners.length === 0;
    say(crossed ? status.dataset.crossing : status.dataset.draw);
  };

  const corner = (at) => {
    corners.push([round(at.lng), round(at.lat)]);
    redraw();
  };

  const draw = (wanted) => {
    shape = wanted;
    corners = [];
    drawing.hidden = false;
    for (const name of ["put", "line", "polygon", "clear"]) button[name].hidden = true;
    redraw();
    button.corner.focus();
  };

  const stopDrawing = () => {
    const closed = corners.length ? [...corners, corners[0]] : [];
    const done =
      shape === "polygon" ? { type: "Polygon", coordinates: [closed] } : { type: "LineString", coordinates: corners };
    corners = null;
    drawing.hidden = true;
    for (const name of ["put", "line", "polygon"]) button[name].hidden = false;
    return done;
  };

  const clear = () => {
    keep(null);
    say(status.dataset.none);
    button.put.focus();
  };

  const locate = () => {
    if (!navigator.geolocation) return say(status.dataset.noPosition);
    return navigator.geolocation.getCurrentPosition(
      ({ coords }) => {
        map.setView([coords.latitude, coords.longitude], 16);
        say(status.dataset.position, String(Math.round(coords.accuracy)));
      },
      () => say(status.dataset.noPosition),
      { timeout: 8000, enableHighAccuracy: true },
    );
  };

  const actions = {
    put: () => whenStill(map, () => put(map.getCenter())),
    locate,
    clear,
    line: () => draw("line"),
    polygon: () => draw("polygon"),
    corner: () => whenStill(map, () => corners && corner(map.getCenter())),
    undo: () => {
      corners.pop();
      redraw();
    },
    finish: () => {
      const drawn = stopDrawing();
      keep(drawn);
      tell(drawn);
      button.clear.focus();
    },
    cancel: () => {
      stopDrawing();
      clear();
    },
  };
  for (const [name, act] of Object.entries(actions)) button[name].addEventListener("click", act);

  map.on("click", ({ latlng }) => (corners ? corner(latlng) : put(latlng)));
  map.getContainer().addEventListener("keydown", (event) => {
    if (event.target !== map.getContainer()) return;
    if (event.key === "Enter") {
      event.preventDefault();
      (corners ? actions.corner : actions.put)();
    } else if (event.key === "Escape" && corners) actions.cancel();
  });
  for (const radio of form.elements.kind) {
    radio.addEventListener("change", () => geometry.value && show(JSON.parse(geometry.value)));
  }

  if (geometry.value) {
    // The form came back with a place: show it again.
    const value = JSON.parse(geometry.value);
    show(value);
    button.clear.hidden = approximate.hidden = false;
    map.fitBounds(L.geoJSON(value).getBounds(), { maxZoom: 16, animate: false });
    tell(value);
  }
  // A place that waits for the map to stand still is sent too.
  form.addEventListener("submit", () => map.stop());
  // A second press does not send twice; the server would answer the same pin anyway.
  form.addEventListener("submit", () => setTimeout(() => (send.disabled = true)));
  addEventListener("pageshow", () => (send.disabled = false));
}

function mark(at, className, size) {
  return L.marker(at, { interactive: false, keyboard: false, icon: L.divIcon({ className, iconSize: [size, size] }) });
}

/** Six decimals, about ten centimetres. */
function round(degrees) {
  return Math.round(degrees * 1e6) / 1e6;
}

/** Whether any two sides of the ring that do not touch cross each other. */
function crossing(corners) {
  const ring = [...corners, corners[0]];
  const sides = ring.slice(1).map((to, i) => [ring[i], to]);
  return sides.some(([a, b], i) =>
    sides.some(([c, d], j) => {
      if (j <= i + 1 || (i === 0 && j === sides.length - 1)) return false;
      return turn(a, b, c) !== turn(a, b, d) && turn(c, d, a) !== turn(c, d, b);
    }),
  );
}

function turn([ax, ay], [bx, by], [cx, cy]) {
  return Math.sign((bx - ax) * (cy - ay) - (by - ay) * (cx - ax));
}
