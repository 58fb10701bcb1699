/**
 * How many agree with a pin, added to what the map says of it. Asked when a pin is opened, and not a part of the tiles:
 * so it is the number of this moment, and nobody's "I agree" makes the tiles of all others new.
 */

/**
 * @param {HTMLElement} line where the words are added, when somebody agrees
 * @param {string} address the pin's page
 */
export async function tellSupports(line, address) {
  const language = encodeURIComponent(document.documentElement.lang);
  const answer = await fetch(`${address}support.json?lang=${language}`, { credentials: "omit" }).catch(() => null);
  const told = answer?.ok ? await answer.json().catch(() => null) : null;
  if (told?.supports) line.append(Object.assign(document.createElement("span"), { textContent: told.words }));
}
