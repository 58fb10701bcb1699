/** How far the reading of a file is. Asks politely: every other second at first, then ever more seldom. */

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
      bar.value = told.percent;
      if (step.textContent !== told.step) step.textContent = told.step;
    }
    pause = Math.min(10_000, pause * 1.15);
    return setTimeout(ask, pause);
  };
  setTimeout(ask, 800);
}
