/**
 * The view in the address bar: `#zoom/lat/lon`, so that a link shows the same place.
 * `#map=zoom/lat/lon` is understood too; anything else in the hash (such as `#list`) is left alone.
 */

const VIEW = /^#(?:map=)?(\d{1,2}(?:\.\d+)?)\/(-?\d+(?:\.\d+)?)\/(-?\d+(?:\.\d+)?)$/;

/**
 * @param {string} hash such as `location.hash`
 * @returns {{zoom: number, lat: number, lon: number} | null} null when it holds no view
 */
export function readView(hash) {
  const found = VIEW.exec(hash);
  if (!found) return null;
  const [zoom, lat, lon] = found.slice(1).map(Number);
  return zoom <= 22 && Math.abs(lat) <= 85.06 && Math.abs(lon) <= 180 ? { zoom, lat, lon } : null;
}

/** @returns {string} `#zoom/lat/lon` of what the map shows now */
export function viewOf(map) {
  const zoom = map.getZoom();
  const centre = map.getCenter().wrap();
  const decimals = Math.max(3, Math.ceil(Math.log2(Math.max(1, zoom))) + 1);
  return `#${Math.round(zoom * 100) / 100}/${centre.lat.toFixed(decimals)}/${centre.lng.toFixed(decimals)}`;
}

/**
 * Show the view the address asks for, and write each later view into the address without new history entries.
 * @returns {boolean} whether the address held a view
 */
export function keepViewInAddress(map) {
  const go = () => {
    const view = readView(location.hash);
    if (view && !shows(map, view)) map.setView([view.lat, view.lon], view.zoom, { animate: false });
    return Boolean(view);
  };
  const found = go();
  addEventListener("hashchange", go);
  map.on("moveend", () => {
    const view = readView(location.hash);
    if (!view || !shows(map, view)) history.replaceState(history.state, "", viewOf(map));
  });
  return found;
}

/** Whether the map shows this view to a pixel or two: a map's middle lies on whole pixels, an address does not. */
function shows(map, { zoom, lat, lon }) {
  const away = map.project([lat, lon], map.getZoom()).distanceTo(map.project(map.getCenter(), map.getZoom()));
  return Math.abs(map.getZoom() - zoom) < 0.01 && away < 2;
}
