/** Waits for the worker: asks politely how far it is, ever more seldom, and at the end shows the page that follows. */

const box = document.querySelector("[data-progress]");
if (box) {
  const bar = box.querySelector("progress");
  const step = box.querySelector("[data-progress-step]");
  let pause = 1500;
  const ask = async () => {
    const answer = await fetch(box.dataset.progress, { headers: { Accept: "application/json" } }).catch(() => null);
    if (answer?.ok) {
      const told = await answer.json();
      // The server knows which page comes next.
      if (told.ended) return location.reload();
      // Some work is one step, and cannot tell how far it is.
      if (told.percent !== undefined) bar.value = told.percent;
      if (told.step && step.textContent !== told.step) step.textContent = told.step;
    }
    pause = Math.min(10_000, pause * 1.15);
    return setTimeout(ask, pause);
  };
  setTimeout(ask, 800);
}
