/* global L */
/**
 * The city's own ground, drawn on one canvas under everything: water, forest, parks, rails and roads with casing.
 * It is what a reader sees when no base map answers. Colours are custom properties of the map's element.
 */

import { labelsOf, nameOf } from "./labels.js";

const ORDER = ["city", "forest", "park", "water", "rail", "street", "road"];
const LINES = new Set(["rail", "street", "road"]);
/** The zoom from which a feature of rank 1, 2, 3 is drawn, and from which its name is. */
const DRAWN_FROM = [0, 0, 11, 13];
const NAMED_FROM = { water: [0, 10, 12, 14], park: [0, 12, 13, 14], forest: [0, 12, 13, 14], road: [0, 12, 13, 14] };
const NAME_RANK = { water: 10, park: 30, forest: 40, road: 20, street: 50 };

/** Width of a road's surface in pixels: grows with the zoom, and with how main the road is. */
function roadWidth(kind, rank, zoom) {
  const main = kind === "road" ? [0, 3.2, 2.4, 1.8][rank] : [0, 1.8, 1.4, 1][rank];
  return Math.min(16, main * 1.32 ** (zoom - 12));
}

function styles(element) {
  const values = getComputedStyle(element);
  const colour = (name) => values.getPropertyValue(`--ground-${name}`).trim();
  const area = (name, edge) => () => ({
    stroke: Boolean(edge),
    color: edge,
    weight: 1,
    fill: true,
    fillColor: colour(name),
    fillOpacity: 1,
  });
  return {
    city: area("land", colour("edge")),
    forest: area("forest"),
    park: area("park"),
    water: area("water", colour("shore")),
    rail: (_rank, zoom, casing) => ({
      color: colour(casing ? "rail" : "land"),
      weight: (casing ? 2.6 : 1.2) * Math.min(2, 1.12 ** (zoom - 12)),
      dashArray: casing ? null : "7 7",
      lineCap: "butt",
    }),
    street: (rank, zoom, casing) => ({
      color: colour(casing ? "casing" : "street"),
      weight: roadWidth("street", rank, zoom) + (casing ? 1.6 : 0),
    }),
    road: (rank, zoom, casing) => ({
      color: colour(casing ? "casing" : "road"),
      weight: roadWidth("road", rank, zoom) + (casing ? 2 : 0),
    }),
  };
}

/**
 * Draw the ground of a GeoJSON address (`/areas/ground.geojson`). A ground that does not arrive is simply not drawn.
 * @param {string} url
 */
export async function addGround(map, url) {
  const answer = await fetch(url).catch(() => null);
  if (!answer?.ok) return;
  const { features } = await answer.json();
  const renderer = groundRenderer(map);
  const style = styles(map.getContainer());
  const layers = [];
  const draw = (feature, casing) => {
    const { kind, rank } = feature.properties;
    const options = { pane: "ground", renderer, interactive: false, smoothFactor: 1, bubblingMouseEvents: false };
    const layer = L.GeoJSON.geometryToLayer(feature, { style: null });
    for (const one of layer instanceof L.FeatureGroup ? layer.getLayers() : [layer]) {
      L.setOptions(one, options);
      if (LINES.has(kind)) L.setOptions(one, { fill: false, lineCap: "round", lineJoin: "round" });
      layers.push({ layer: one, from: DRAWN_FROM[rank] ?? 0, style: (zoom) => style[kind](rank, zoom, casing) });
    }
  };
  for (const kind of ORDER) {
    const same = features
      .filter((feature) => feature.properties.kind === kind)
      .sort((a, b) => b.properties.rank - a.properties.rank);
    // Casings of all roads of a kind lie under all their surfaces, so that crossings join.
    if (LINES.has(kind)) same.forEach((feature) => draw(feature, true));
    same.forEach((feature) => draw(feature, false));
  }
  const show = () => {
    const zoom = map.getZoom();
    let below = true;
    for (const { layer, from, style: at } of layers) {
      if (zoom < from) {
        layer.remove();
        below = false;
        continue;
      }
      L.setOptions(layer, at(zoom));
      if (map.hasLayer(layer)) layer.redraw();
      else layer.addTo(map);
    }
    // A layer that comes back lies on top: put the order right again.
    if (below) layers.forEach(({ layer }) => layer.bringToFront());
  };
  show();
  map.on("zoomend", show);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", show);
  labelsOf(map).put(features.flatMap(names));
}

function groundRenderer(map) {
  if (!map.getPane("ground")) {
    map.createPane("ground").classList.add("mf-ground");
    map.getPane("ground").style.zIndex = "150";
    map.groundRenderer = L.canvas({ pane: "ground", padding: 0.4 });
  }
  return map.groundRenderer;
}

function names(feature) {
  const { kind, rank, label } = feature.properties;
  const text = nameOf(feature.properties);
  if (!text || !label || kind === "city") return [];
  const from = (NAMED_FROM[kind] ?? [0, 14, 14, 15])[rank] ?? 14;
  return [{ lat: label[1], lon: label[0], text, kind, rank: (NAME_RANK[kind] ?? 60) + rank, from }];
}
