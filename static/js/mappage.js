/* global L */
/**
 * The map page: map and list show the same filter. Filters, pages and cities change both without loading the page
 * anew; the address always says what is shown, so that a link and the back button show it again.
 */

import { addDistricts, boundsFrom, cityMap } from "./citymap.js";
import { keepViewInAddress, viewOf } from "./hash.js";
import { Looks } from "./looking.js";
import { PinLayer } from "./pinlayer.js";
import { tellSupports } from "./supports.js";
import { boxOf, figure, Telling } from "./telling.js";

const script = document.querySelector("script[data-tiles]");
const labels = JSON.parse(document.getElementById("map-labels").textContent);
const status = document.getElementById("map-status");
const dialog = document.getElementById("here");
const element = document.getElementById("map");
const results = () => document.getElementById("results");
const NEAREST = 19;
/** The pin that was picked; one that is only pointed at stands out as long as that lasts. */
let selected = null;

const map = cityMap(element);
keepViewInAddress(map);
for (const [name, url] of Object.entries(script.dataset)) if (name.startsWith("division")) addDistricts(map, url);

const telling = new Telling(map, status, within);
const pins = new PinLayer(`${script.dataset.tiles}pins/`, {
  label: (item) =>
    item.n === 1
      ? `${labels.kind[item.kind]}: ${item.headline}`
      : `${status.dataset.cluster.replace("{n}", figure(item.n))}: ${mix(item.kinds)}`,
  hint: "map-keys",
  shown: (items, failed, query) => {
    telling.tell(items.reduce((sum, item) => sum + item.n, 0), failed, query);
  },
  opened: open,
});
const looks = new Looks(map, pins, script.dataset.tiles, telling.looks({ spot: openSpot, grid: follow }));
// Whoever comes from writing, or loads the page anew, wants to see what is there now.
const came = performance.getEntriesByType("navigation")[0]?.type;
if (came === "reload" || document.referrer.startsWith(new URL(script.dataset.pin, location.href).href)) looks.distrust();
looks.show(results().dataset.query);
dress();

/** The table of the densest squares follows the grid on the map. */
async function follow(grid) {
  const table = document.getElementById("densest");
  if (!table || Number(table.dataset.grid) === grid || table.dataset.follows === String(grid)) return;
  table.dataset.follows = String(grid);
  const query = new URLSearchParams(results().dataset.query);
  query.set("lang", document.documentElement.lang);
  const page = await load(`${script.dataset.tiles}heat/${grid}.html?${query}`);
  const fresh = page?.getElementById("densest");
  // Meanwhile the map may show another grid, or the list another filter; and nobody's place in the table is taken away.
  if (table.dataset.follows !== String(grid)) return;
  delete table.dataset.follows;
  if (fresh && !table.contains(document.activeElement)) table.replaceWith(document.adoptNode(fresh));
}

// -- signs on the map -----------------------------------------------------------------------------

function open(item, sign) {
  if (item.n === 1) return openPin(item, sign);
  const [west, south, east, north] = item.bounds;
  const bounds = L.latLngBounds([south, west], [north, east]);
  const zoom = Math.min(NEAREST, map.getBoundsZoom(bounds, false, L.point(60, 60)));
  const oneSpot = west === east && south === north;
  if (oneSpot || map.getZoom() >= NEAREST) return openCrowd(item);
  return map.setView(bounds.getCenter(), Math.max(zoom, map.getZoom() + 1));
}

/** How many of each kind, the most common first. */
function mix(kinds) {
  const most = Object.entries(kinds).sort(([, a], [, b]) => b - a);
  return most.map(([kind, n]) => `${labels.kind[kind]} ${figure(n)}`).join(", ");
}

function openPin(pin, sign) {
  select(pin.id);
  const box = document.createElement("div");
  const kind = document.createElement("p");
  kind.className = "meta";
  for (const text of [labels.kind[pin.kind], labels.status[pin.status]]) {
    kind.append(Object.assign(document.createElement("span"), { textContent: text }));
  }
  if (pin.photo) box.append(picture(pin.photo));
  box.append(link(pin), kind);
  tellSupports(kind, `${script.dataset.pin}${pin.id}/`);
  const popup = L.popup({ closeButton: false, offset: [0, -14], maxWidth: 260, autoPanPadding: [16, 16] })
    .setLatLng([pin.lat, pin.lon])
    .setContent(box)
    .openOn(map);
  const focus = box.querySelector("a");
  if (sign.getElement() === document.activeElement) focus.focus({ preventScroll: true });
  popup.on("remove", () => {
    if (box.contains(document.activeElement) || document.activeElement === document.body) sign.getElement()?.focus();
    select(null);
  });
}

/** The filter and the way of looking, narrowed to a box. */
function within(bounds) {
  const query = new URLSearchParams(results().dataset.query);
  query.set("bbox", boxOf(bounds));
  return `/?${[query, results().dataset.part].filter(String).join("&")}`;
}

/** Under a dot: a dialog with the list of what it stands for. */
async function openSpot(dot) {
  dialog.querySelector("#here-all").href = within(dot.bounds);
  if (!(await turnTo(within(dot.bounds)))) return;
  dialog.showModal();
  document.getElementById("here-title").focus();
}

/** Many on one spot: a dialog with the same list the page has, narrowed to this spot, page by page. */
async function openCrowd(item) {
  const query = new URLSearchParams(results().dataset.query);
  query.set("near", `${item.lat},${item.lon},${Math.max(1, Math.ceil(reach(item.bounds)))}`);
  dialog.querySelector("#here-all").href = `/?${query}`;
  const body = dialog.querySelector(".dialog__body");
  if (item.pins) body.replaceChildren(listOf(item.pins));
  else await turnTo(`/?${query}`);
  dialog.showModal();
  document.getElementById("here-title").focus();
}

function listOf(found) {
  const list = document.createElement("ul");
  list.className = "pin-list";
  for (const pin of found) {
    const row = document.createElement("li");
    row.className = "here-pin";
    const sign = document.createElement("span");
    sign.className = `mf-pin mf-pin--small mf-pin--${pin.kind}`;
    sign.setAttribute("role", "img");
    sign.setAttribute("aria-label", labels.kind[pin.kind]);
    row.append(sign, link(pin));
    list.append(row);
  }
  return list;
}

/** The dialog's list becomes this page of it. @returns {Promise<boolean>} false: it did not come */
async function turnTo(url) {
  const page = await load(url);
  const parts = [...(page?.querySelectorAll("#results .pin-list, #results .pager") ?? [])];
  if (parts.length) dialog.querySelector(".dialog__body").replaceChildren(...parts);
  return parts.length > 0;
}

dialog.addEventListener("click", async (event) => {
  const turn = event.target.closest(".pager a");
  if (!turn || event.ctrlKey || event.metaKey || event.shiftKey || event.button !== 0) return;
  event.preventDefault();
  if (!(await turnTo(turn.href))) return location.assign(turn.href);
  dialog.scrollTop = 0;
  document.getElementById("here-title").focus();
});

/** Metres from the middle of a box to its corner, roughly. */
function reach([west, south, east, north]) {
  return map.distance([south, west], [north, east]);
}

/** The first photo, small; the page behind the link has them all. */
function picture(id) {
  const image = Object.assign(document.createElement("img"), { className: "popup-photo", alt: "", width: 160, height: 120 });
  image.src = `${script.dataset.photos}${id}/small.jpg`;
  return image;
}

function link(pin) {
  const anchor = document.createElement("a");
  anchor.href = `${script.dataset.pin}${pin.id}/`;
  anchor.textContent = pin.headline;
  anchor.lang = pin.language;
  anchor.dir = "auto";
  return anchor;
}

/** Where the reader is, kept with this entry of the history: the way back leads to the same place. */
function remember() {
  history.replaceState({ ...history.state, selected, scroll: scrollY }, "");
}

/** One pin stands out in both places. Whoever selects says so on the document: `mf:select` with `{id}`. */
function select(id) {
  document.dispatchEvent(new CustomEvent("mf:select", { detail: { id } }));
}

document.addEventListener("mf:select", ({ detail: { id } }) => {
  selected = id;
  looks.select(id);
  for (const card of document.querySelectorAll("#results [data-pin]")) {
    const chosen = card.dataset.pin === id;
    card.classList.toggle("pin-card--current", chosen);
    if (chosen && matchMedia("(min-width: 56.25em)").matches) card.scrollIntoView({ block: "nearest" });
  }
});
if (history.state?.selected) select(history.state.selected);

// -- the list beside it ---------------------------------------------------------------------------

/** What only makes sense with a map at hand. */
function dress() {
  for (const show of results().querySelectorAll("[data-show]")) show.hidden = false;
}

/** Beside and under the map: what can change what is shown. */
const main = document.getElementById("main");

main.addEventListener("click", (event) => {
  if (event.ctrlKey || event.metaKey || event.shiftKey || event.button !== 0) return;
  const show = event.target.closest("[data-show]");
  if (show) {
    event.preventDefault();
    const [, lat, lon] = show.hash.split("/").map(Number);
    map.setView([lat, lon], Math.max(17, map.getZoom()), { animate: false });
    select(show.dataset.show);
    element.scrollIntoView({ block: "nearest" });
    element.focus({ preventScroll: true });
    return;
  }
  const card = event.target.closest("#results [data-pin]");
  if (card && event.target.closest("a")) selected = card.dataset.pin;
  const inPlace = event.target.closest(
    "#results .chip, #results .pager a, #results [data-filter] a, #results .empty a, a[data-look]",
  );
  if (inPlace && new URL(inPlace.href).pathname === location.pathname) {
    event.preventDefault();
    go(inPlace.href);
  }
});

for (const [kind, chosen] of [["pointerover", true], ["focusin", true], ["pointerout", false], ["focusout", false]]) {
  results().parentElement.addEventListener(kind, (event) => {
    const item = event.target.closest("#results [data-item]");
    if (item) looks.select(chosen ? item.dataset.item : selected);
  });
}

main.addEventListener("submit", (event) => {
  if (!event.target.matches("[data-filter], [data-look]")) return;
  event.preventDefault();
  const said = [...new FormData(event.target)].filter(([, value]) => value !== "");
  go(`${location.pathname}?${new URLSearchParams(said)}`);
});

addEventListener("pagehide", remember);
addEventListener("popstate", (event) => {
  if (location.search !== shownSearch) change(location.href, false, event.state);
});
let shownSearch = location.search;

async function go(url) {
  remember();
  if (!(await change(url, true))) location.assign(url);
}

/** Put another filter's list and pins in place. @returns {Promise<boolean>} false: let the browser load it instead */
async function change(url, fresh, kept = null) {
  const page = await load(url);
  const next = page?.getElementById("results");
  if (!next) {
    if (!fresh) location.reload();
    return false;
  }
  const before = results();
  const looking = document.getElementById("looking");
  const looked = looking.contains(document.activeElement) && document.activeElement.id;
  next.querySelector("#filters").open = before.querySelector("#filters").open && !fresh;
  const moved = fresh && next.dataset.bounds !== before.dataset.bounds && boundsFrom(next.dataset.bounds);
  before.replaceWith(document.adoptNode(next));
  looking.replaceWith(document.adoptNode(page.getElementById("looking")));
  dress();
  if (fresh) {
    const address = new URL(url, location.href);
    history.pushState(null, "", `${address.pathname}${address.search}${viewOf(map)}`);
  }
  shownSearch = location.search;
  if (moved) map.fitBounds(moved, { padding: [8, 8], animate: false });
  map.closePopup();
  looks.show(next.dataset.query);
  select(fresh ? null : (kept?.selected ?? null));
  // Whoever chose another way of looking goes on choosing: the list has the same messages as before.
  const chosen = looked !== false && document.querySelector(looked ? `#${looked}` : "#looking [aria-current]");
  if (chosen) {
    chosen.focus({ preventScroll: true });
    return true;
  }
  const total = document.getElementById("total");
  total.focus({ preventScroll: true });
  if (kept?.scroll !== undefined) {
    scrollTo(0, kept.scroll);
    return true;
  }
  if (total.getBoundingClientRect().top < 0) total.scrollIntoView({ block: "start" });
  return true;
}

/** @returns {Promise<Document | null>} */
async function load(url) {
  const answer = await fetch(url, { headers: { Accept: "text/html" } }).catch(() => null);
  return answer?.ok ? new DOMParser().parseFromString(await answer.text(), "text/html") : null;
}

/** The page about sharing is told the view: a server never sees what stands after the #. */
for (const kind of ["click", "auxclick", "contextmenu"]) {
  results().parentElement.addEventListener(
    kind,
    (event) => {
      const share = event.target.closest("[data-share]");
      if (!share) return;
      const address = new URL(share.href);
      address.searchParams.set("view", viewOf(map).slice(1));
      share.href = address.href.replaceAll("%2F", "/");
    },
    { capture: true },
  );
}

const say = document.querySelector("[data-carries-view]");
if (say) {
  const carry = () => (say.href = `${say.pathname}${viewOf(map)}`);
  carry();
  map.on("moveend", carry);
}
