/* global L */
/**
 * The map inside somebody else's page: districts and pins of one filter. Nothing is kept in the reader's browser, and
 * every link leaves the frame for the service itself.
 */

import { addDistricts, cityMap } from "./citymap.js";
import { keepViewInAddress, viewOf } from "./hash.js";
import { Looks } from "./looking.js";
import { PinLayer } from "./pinlayer.js";
import { tellSupports } from "./supports.js";
import { boxOf, Telling } from "./telling.js";

const script = document.querySelector("script[data-tiles]");
const labels = JSON.parse(document.getElementById("map-labels").textContent);
const status = document.getElementById("map-status");
const open = document.getElementById("open");
const NEAREST = 19;

// Where the map is drawn list and table are a second way, not the first thing in a small frame.
for (const part of document.querySelectorAll("[data-folds]")) part.open = false;
const map = cityMap(document.getElementById("map"));
keepViewInAddress(map);
for (const credit of map.getContainer().querySelectorAll(".leaflet-control-attribution a")) credit.target = "_top";
for (const [name, url] of Object.entries(script.dataset)) if (name.startsWith("division")) addDistricts(map, url);

const address = open.href.split("#")[0];
const carry = () => (open.href = address + viewOf(map));
carry();
map.on("moveend", carry);

const telling = new Telling(map, status, within);
const pins = new PinLayer(`${script.dataset.tiles}pins/`, {
  label: (item) =>
    item.n === 1 ? `${labels.kind[item.kind]}: ${item.headline}` : status.dataset.cluster.replace("{n}", item.n),
  shown: (items, failed, query) => {
    telling.tell(items.reduce((sum, item) => sum + item.n, 0), failed, query);
  },
  opened: (item, sign) => {
    const [west, south, east, north] = item.bounds;
    if (item.n === 1 || (west === east && south === north) || map.getZoom() >= NEAREST) return show(item, sign);
    const bounds = L.latLngBounds([south, west], [north, east]);
    const zoom = Math.min(NEAREST, map.getBoundsZoom(bounds, false, L.point(60, 60)));
    return map.setView(bounds.getCenter(), Math.max(zoom, map.getZoom() + 1));
  },
});
new Looks(map, pins, script.dataset.tiles, telling.looks({})).show(script.dataset.query);

/** The map and list of the service itself, narrowed to a box. */
function within(bounds) {
  const query = new URLSearchParams(new URL(open.href).search);
  query.set("bbox", boxOf(bounds));
  return `/?${query}`;
}

/** One pin, or many on one spot: what they are called, and where they can be read. */
function show(item, sign) {
  const box = document.createElement("div");
  const list = document.createElement("ul");
  list.className = "embed__here";
  const named = (item.n === 1 ? [item] : (item.pins ?? [])).slice(0, 5);
  for (const pin of named) {
    const row = document.createElement("li");
    const about = document.createElement("p");
    about.className = "meta";
    for (const text of [labels.kind[pin.kind], labels.status[pin.status]]) {
      about.append(Object.assign(document.createElement("span"), { textContent: text }));
    }
    tellSupports(about, `${script.dataset.pin}${pin.id}/`);
    row.append(link(`${script.dataset.pin}${pin.id}/`, pin.headline, pin.language), about);
    list.append(row);
  }
  box.append(list);
  if (item.n > named.length) {
    const query = new URLSearchParams(script.dataset.query);
    query.set("near", `${item.lat},${item.lon},${Math.max(1, Math.ceil(reach(item.bounds)))}`);
    const text = status.dataset.cluster.replace("{n}", String(item.n));
    box.append(link(`/?${query}#19/${item.lat}/${item.lon}`, text, document.documentElement.lang));
  }
  const popup = L.popup({ closeButton: false, offset: [0, -14], maxWidth: 260, autoPanPadding: [16, 16] })
    .setLatLng([item.lat, item.lon])
    .setContent(box)
    .openOn(map);
  if (sign.getElement() === document.activeElement) box.querySelector("a")?.focus({ preventScroll: true });
  popup.on("remove", () => {
    if (box.contains(document.activeElement) || document.activeElement === document.body) sign.getElement()?.focus();
  });
}

function link(href, text, language) {
  return Object.assign(document.createElement("a"), { href, target: "_top", textContent: text, lang: language, dir: "auto" });
}

/** Metres from corner to corner of a box. */
function reach([west, south, east, north]) {
  return map.distance([south, west], [north, east]);
}
