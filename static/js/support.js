/**
 * "I agree" without leaving the page: the form is sent, and its section of the answer takes the section's place. When
 * that does not work, the browser sends the form as it would without a script.
 */

document.addEventListener("submit", async (event) => {
  const form = event.target.closest("[data-support]");
  if (!form || form.dataset.sent) return;
  event.preventDefault();
  form.dataset.sent = "yes";
  const answer = await fetch(form.action, {
    method: "POST",
    body: new URLSearchParams(new FormData(form)),
    headers: { Accept: "text/html" },
  }).catch(() => null);
  const text = (await answer?.text().catch(() => null)) ?? "";
  const next = new DOMParser().parseFromString(text, "text/html").getElementById("support");
  if (!next) return form.submit();
  document.getElementById("support").replaceWith(document.adoptNode(next));
  // Whoever listens hears the new count; an alert in it speaks for itself.
  next.querySelector("[data-support-count]").focus({ preventScroll: true });
});
