/* global L */
/**
 * The map every page uses: Leaflet on an element that templates/_map.html printed, our own ground under it, the base
 * map from our own proxy over it, buttons instead of gestures for whoever needs them. Nothing is asked from others.
 */

import { addGround } from "./ground.js";
import { labelsOf, nameOf } from "./labels.js";

const FINLAND = [
  [59.7, 20.5],
  [70.1, 31.6],
];

/** Maps that are being panned or zoomed at this moment. */
const moving = new WeakSet();

/**
 * Make the map. Read from the element's data attributes:
 * `data-bounds` "west,south,east,north" · `data-ground-url` addresses of ground, spaces between ·
 * `data-basemap-url` and `data-basemap-max-zoom` · `data-credit`, `data-credit-url` ·
 * `data-zoom-in`, `data-zoom-out`, `data-move`, `data-up`, `data-down`, `data-left`, `data-right`: button names ·
 * `data-touch-hint`, `data-wheel-hint`: what to do when a gesture belongs to the page.
 * With the class `mf-map--polite` one finger and the wheel scroll the page, two fingers and Ctrl + wheel the map.
 * @param {HTMLElement} element
 * @returns {L.Map} already showing its bounds
 */
export function cityMap(element) {
  const polite = element.classList.contains("mf-map--polite");
  const touch = matchMedia("(pointer: coarse)").matches;
  const data = element.dataset;
  const map = L.map(element, {
    zoomControl: false,
    attributionControl: false,
    scrollWheelZoom: !polite,
    dragging: !(polite && touch),
    minZoom: 4,
    maxZoom: 19,
    // A city fills its frame; the pictures of a base map are scaled from the nearest whole zoom.
    zoomSnap: 0.25,
    wheelPxPerZoomLevel: 90,
    fadeAnimation: !matchMedia("(prefers-reduced-motion: reduce)").matches,
    zoomAnimation: !matchMedia("(prefers-reduced-motion: reduce)").matches,
  });
  map.on("movestart", () => moving.add(map)).on("moveend", () => moving.delete(map));
  map.fitBounds(boundsFrom(data.bounds) ?? FINLAND, { padding: [8, 8], animate: false });
  addButtons(map, data);
  addCredit(map, data);
  for (const url of (data.groundUrl ?? "").split(/\s+/).filter(Boolean)) addGround(map, url);
  if (data.basemapUrl) addBasemap(map, data);
  if (polite) leaveGesturesToThePage(map, data);
  // Leaflet hears Escape while the map itself has the focus, not while a link in the popup has it.
  element.addEventListener("keydown", ({ key }) => key === "Escape" && map.closePopup());
  new ResizeObserver(() => map.invalidateSize({ animate: false })).observe(element);
  return map;
}

/**
 * Do something with the map's centre when the map stands still: whoever presses an arrow and Enter at once means the
 * place the map is on its way to, not the one it is passing.
 * @param {L.Map} map made by `cityMap`
 * @param {() => void} act
 */
export function whenStill(map, act) {
  if (moving.has(map)) map.once("moveend", act);
  else act();
}

/**
 * Districts as outlines with their names. Simplified ones give way to the real borders once the map is so close that
 * the difference shows.
 * @param {string} url `/areas/<division>.geojson`
 * @param {object} [how]
 * @param {(feature: object) => string} [how.classOf] further class of an outline, such as `mf-class-3`
 * @param {(feature: object, layer: L.Path) => void} [how.each] called for each; makes the outlines clickable
 * @param {boolean} [how.names] false leaves the names out
 * @returns {Promise<L.GeoJSON | null>} null when the borders did not arrive
 */
export async function addDistricts(map, url, { classOf, each, names = true } = {}) {
  const data = await borders(url);
  if (!data) return null;
  if (!map.getPane("districts")) {
    map.createPane("districts").style.zIndex = "350";
    map.districtRenderer = L.svg({ pane: "districts", padding: 0.4 });
  }
  const layer = L.geoJSON(data, {
    pane: "districts",
    renderer: map.districtRenderer,
    interactive: Boolean(each),
    smoothFactor: 0,
    style: (feature) => ({ className: classOf ? classOf(feature) : "mf-border" }),
    onEachFeature: each,
  }).addTo(map);
  if (data.within_metres > 0) sharpenWhenClose(map, layer, data.within_metres, url);
  if (names) {
    const lying = data.features.map(({ properties }) => ({
      lat: properties.label[1],
      lon: properties.label[0],
      text: nameOf(properties),
      kind: "district",
      rank: 0,
      from: 10,
    }));
    labelsOf(map).put(lying);
    layer.on("remove", () => labelsOf(map).take(lying));
  }
  return layer;
}

async function borders(url) {
  const answer = await fetch(url).catch(() => null);
  return answer?.ok ? answer.json() : null;
}

/** Asks for every corner once simplified borders could lie more than a few pixels beside the real ones. */
function sharpenWhenClose(map, layer, metres, url) {
  const look = async () => {
    const metresAPixel = (40075017 * Math.cos((map.getCenter().lat * Math.PI) / 180)) / 2 ** (map.getZoom() + 8);
    if (metres < 3 * metresAPixel) return;
    map.off("zoomend", look);
    const data = await borders(`${url}${url.includes("?") ? "&" : "?"}detail=full`);
    if (!data || !map.hasLayer(layer)) return;
    layer.clearLayers();
    layer.addData(data);
  };
  map.on("zoomend", look);
  look();
}

/** "west,south,east,north" as Leaflet bounds, or null. */
export function boundsFrom(text) {
  const [west, south, east, north] = (text ?? "").split(",").map(Number);
  return Number.isFinite(north) ? L.latLngBounds([south, west], [north, east]) : null;
}

function addBasemap(map, data) {
  const element = map.getContainer();
  const tiles = L.tileLayer(data.basemapUrl, { maxZoom: 19, maxNativeZoom: Number(data.basemapMaxZoom ?? 19) });
  const cover = (covered) => {
    if (element.classList.toggle("mf-map--covered", covered) === covered) labelsOf(map).put([]);
  };
  tiles.once("tileload", () => cover(true));
  let failed = 0;
  tiles.on("tileload", () => (failed = 0));
  tiles.on("tileerror", () => {
    failed += 1;
    if (failed > 12) cover(false);
  });
  tiles.addTo(map);
}

function addCredit(map, data) {
  if (!data.credit) return;
  const credit = document.createElement(data.creditUrl ? "a" : "span");
  if (data.creditUrl) credit.href = data.creditUrl;
  credit.textContent = data.credit;
  L.control.attribution({ prefix: false }).addTo(map).addAttribution(credit.outerHTML);
}

function addButtons(map, data) {
  const zoom = L.control.zoom({ position: "topright", zoomInTitle: data.zoomIn, zoomOutTitle: data.zoomOut });
  zoom.addTo(map);
  const Move = L.Control.extend({ options: { position: "topright" }, onAdd: () => moveButtons(map, data) });
  new Move().addTo(map);
}

/** A button that opens four arrows: the way to move the map without dragging. */
function moveButtons(map, data) {
  const box = document.createElement("div");
  box.className = "mf-move";
  const arrows = document.createElement("div");
  arrows.className = "mf-move__arrows";
  arrows.hidden = true;
  for (const [side, x, y] of [["up", 0, -1], ["left", -1, 0], ["right", 1, 0], ["down", 0, 1]]) {
    const arrow = mapButton(`mf-move__arrow mf-move__arrow--${side}`, data[side]);
    arrow.addEventListener("click", () => {
      const size = map.getSize();
      map.panBy([(x * size.x) / 3, (y * size.y) / 3]);
    });
    arrows.append(arrow);
  }
  const opener = mapButton("mf-move__opener", data.move);
  opener.setAttribute("aria-expanded", "false");
  opener.addEventListener("click", () => {
    arrows.hidden = !arrows.hidden;
    opener.setAttribute("aria-expanded", String(!arrows.hidden));
  });
  box.append(opener, arrows);
  L.DomEvent.disableClickPropagation(box);
  return box;
}

function mapButton(className, label) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = `mf-map-button ${className}`;
  button.setAttribute("aria-label", label ?? "");
  button.title = label ?? "";
  return button;
}

/** The wheel zooms only once the map was entered, or with Ctrl; one finger scrolls the page past the map. */
function leaveGesturesToThePage(map, data) {
  const element = map.getContainer();
  const hint = document.createElement("p");
  hint.className = "mf-map-hint";
  hint.hidden = true;
  element.parentElement.append(hint);
  let timer = 0;
  const say = (text) => {
    if (!text) return;
    hint.textContent = text;
    hint.hidden = false;
    clearTimeout(timer);
    timer = setTimeout(() => (hint.hidden = true), 1600);
  };
  element.addEventListener("focusin", () => map.scrollWheelZoom.enable());
  element.addEventListener("focusout", () => map.scrollWheelZoom.disable());
  element.addEventListener(
    "wheel",
    (event) => {
      if (event.ctrlKey || event.metaKey) map.scrollWheelZoom.enable();
      else if (!element.contains(document.activeElement)) {
        map.scrollWheelZoom.disable();
        say(data.wheelHint);
      }
    },
    { capture: true, passive: true },
  );
  element.addEventListener(
    "touchmove",
    (event) => {
      if (event.touches.length === 1 && !map.dragging.enabled()) say(data.touchHint);
    },
    { passive: true },
  );
}
