/**
 * Signs of a map by keyboard: all of them are one Tab stop, and arrows go to the nearest sign in that direction.
 * A hundred Tab stops on the way to the list would be a wall.
 */

const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

/**
 * @param {HTMLElement} pane holds the signs; hears their keys
 * @param {() => HTMLElement[]} signs those there are now
 */
export function hearArrows(pane, signs) {
  pane.addEventListener("keydown", (event) => {
    const way = ARROWS[event.key];
    if (!way || event.altKey || event.ctrlKey || event.metaKey || !signs().includes(event.target)) return;
    event.preventDefault();
    event.stopPropagation();
    const next = nearest(event.target, signs(), way);
    if (!next) return;
    makeStop(next, signs());
    next.focus();
  });
}

/** Tab stops at this sign, and at no other. */
export function makeStop(stop, signs) {
  for (const sign of signs) sign.tabIndex = sign === stop ? 0 : -1;
}

/** The sign nearest to a place of the screen. @returns {HTMLElement | undefined} */
export function closest({ x, y }, signs) {
  const far = (sign) => Math.hypot(middle(sign).x - x, middle(sign).y - y);
  return signs.map((sign) => [far(sign), sign]).sort(([a], [b]) => a - b)[0]?.[1];
}

/** Middle of an element on the screen. */
export function middle(element) {
  const { left, top, width, height } = element.getBoundingClientRect();
  return { x: left + width / 2, y: top + height / 2 };
}

/** Straight ahead counts half as far as to the side, and nothing behind counts. */
function nearest(from, signs, [dx, dy]) {
  const start = middle(from);
  let best = null;
  let least = Infinity;
  for (const sign of signs) {
    const { x, y } = middle(sign);
    const ahead = (x - start.x) * dx + (y - start.y) * dy;
    const aside = Math.abs((x - start.x) * dy) + Math.abs((y - start.y) * dx);
    if (sign === from || ahead < 4 || ahead + 2 * aside >= least) continue;
    least = ahead + 2 * aside;
    best = sign;
  }
  return best;
}
