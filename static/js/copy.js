/**
 * Buttons that copy the text of a field: `data-copy` names the field, `data-done` is what is said afterwards.
 * Without the clipboard (an old browser, a page without HTTPS) the text is selected, for the reader's own keys.
 */

for (const button of document.querySelectorAll("button[data-copy]")) {
  const field = document.getElementById(button.dataset.copy);
  const said = button.closest(".copy").querySelector("[role=status]");
  button.hidden = false;
  button.addEventListener("click", async () => {
    field.focus();
    field.select();
    const copied = await (navigator.clipboard?.writeText(field.value) ?? Promise.reject()).then(
      () => true,
      () => document.execCommand("copy"),
    );
    if (!copied) return;
    said.textContent = button.dataset.done;
    button.focus();
    setTimeout(() => (said.textContent = ""), 4000);
  });
}
