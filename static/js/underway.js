/** Waits for the worker: asks politely whether it is done, ever more seldom, and then shows the page that follows. */

const box = document.querySelector("[data-underway]");
let pause = 1500;
const ask = async () => {
  const answer = await fetch(box.dataset.underway, { headers: { Accept: "application/json" } }).catch(() => null);
  if (answer?.ok && (await answer.json()).ended) return location.reload();
  pause = Math.min(10_000, pause * 1.15);
  return setTimeout(ask, pause);
};
setTimeout(ask, 800);
