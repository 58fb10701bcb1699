/**
 * Tiles of pins from the server (`/tiles/pins/<z>/<x>/<y>.json?<filter>`): each asked once, a few at a time, and none
 * that nobody waits for any more. What was seen stays at hand, so that going back costs nothing.
 */

const AT_ONCE = 6;
const KEPT = 300;

export class PinTiles {
  #address;
  #arrived;
  #query = "";
  #cache = "default";
  #kept = new Map();
  #asked = new Map();
  #waiting = [];
  #failed = new Set();

  /**
   * @param {string} address `/tiles/pins/`
   * @param {() => void} arrived called after each tile, whether it came or failed
   */
  constructor(address, arrived) {
    this.#address = address;
    this.#arrived = arrived;
  }

  /** Ask for tiles of another filter from now on. @param {string} query canonical query string of a PinFilter */
  filter(query) {
    this.#query = query;
    this.#kept = new Map();
    this.want([]);
  }

  /** Ask the server whether a tile has changed, even while the browser would think it fresh. */
  distrust() {
    this.#cache = "no-cache";
  }

  /** These are in sight now, the most wanted first: ask for what is not here, give up what was asked for in vain. */
  want(names) {
    this.#failed.clear();
    for (const [name, request] of this.#asked) {
      if (names.includes(name)) continue;
      this.#asked.delete(name);
      request.abort();
    }
    this.#waiting = names.filter((name) => !this.#kept.has(name) && !this.#asked.has(name));
    this.#next();
  }

  /** @returns {object | undefined} the tile, if it is here */
  get(name) {
    return this.#kept.get(name);
  }

  /** Whether this one could not be had; it is asked for again at the next move. */
  failed(name) {
    return this.#failed.has(name);
  }

  #next() {
    while (this.#asked.size < AT_ONCE && this.#waiting.length) this.#ask(this.#waiting.shift());
  }

  async #ask(name) {
    const request = new AbortController();
    this.#asked.set(name, request);
    const address = `${this.#address}${name}.json${this.#query ? `?${this.#query}` : ""}`;
    const tile = await fetch(address, { signal: request.signal, cache: this.#cache })
      .then((answer) => (answer.ok ? answer.json() : null))
      .catch(() => null);
    if (request.signal.aborted) return;
    this.#asked.delete(name);
    if (tile) this.#keep(name, tile);
    else this.#failed.add(name);
    this.#next();
    this.#arrived();
  }

  #keep(name, tile) {
    this.#kept.set(name, tile);
    if (this.#kept.size > KEPT) this.#kept.delete(this.#kept.keys().next().value);
  }
}
