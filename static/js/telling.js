/* global L */
/**
 * What is said under a map, and in the popup of a place that stands for several messages. The words are data attributes
 * of the status element.
 */

/** A number as the reader's language writes it. */
export function figure(n) {
  return n.toLocaleString(document.documentElement.lang);
}

export class Telling {
  #map;
  #status;
  #within;

  /**
   * @param {L.Map} map
   * @param {HTMLElement} status
   * @param {(bounds: number[]) => string} within address of the map and list narrowed to a box
   */
  constructor(map, status, within) {
    this.#map = map;
    this.#status = status;
    this.#within = within;
  }

  say(text) {
    if (this.#status.textContent !== text) this.#status.textContent = text;
  }

  /** How many messages are in sight; `many` names the words for several, `more` a further sentence. */
  tell(n, failed, query, many = "many", more = "") {
    const { dataset } = this.#status;
    const words = failed ? "failed" : n === 0 ? "none" : n === 1 ? "one" : many;
    this.say(`${dataset[words].replace("{n}", figure(n))} ${failed ? "" : (dataset[more] ?? "")}`.trim());
    dataset.n = String(n);
    dataset.shows = query;
  }

  /** What the ways of looking call; `own` are further ones or others. */
  looks(own) {
    const { dataset } = this.#status;
    return {
      dots: {
        shown: ({ n, together }, failed, query) => this.tell(n, failed, query, "many", together ? "together" : ""),
        opened: own.spot ?? ((dot) => this.#open(dot, [dataset.cluster.replace("{n}", figure(dot.n))])),
      },
      heat: {
        shown: (n, failed, query) => this.tell(n, failed, query, "squares"),
        opened: (square) => this.#open(square, this.#square(square)),
        grid: own.grid,
      },
      districts: (district) => {
        const { shows, label } = document.getElementById("painted").dataset;
        return shows === "pins" ? [] : [`${label}: ${district[shows]}`];
      },
      painted: (there) => this.say(dataset[there ? "painted" : "failed"]),
    };
  }

  #square({ n, density }) {
    const { dataset } = this.#status;
    const lines = [dataset.square.replace("{n}", figure(n))];
    return density === null ? lines : [...lines, dataset.density.replace("{density}", density)];
  }

  #open({ lat, lon, bounds }, lines) {
    const box = document.createElement("div");
    for (const textContent of lines) box.append(Object.assign(document.createElement("p"), { textContent }));
    const link = { href: this.#within(bounds), textContent: this.#status.dataset.list };
    box.append(Object.assign(document.createElement("a"), link));
    const popup = { closeButton: false, maxWidth: 260, autoPanPadding: [16, 16] };
    L.popup(popup).setLatLng([lat, lon]).setContent(box).openOn(this.#map);
  }
}

/** A box as the filter writes it. */
export function boxOf(bounds) {
  return bounds.map((edge) => edge.toFixed(6)).join(",");
}
