/** A file that is too large is told before it is sent; the words for a new division show only when it is one. */

const form = document.querySelector("form[data-upload]");
const file = form.querySelector("input[type=file]");
const status = form.querySelector("[data-upload-status]");
const fresh = form.querySelector("[data-new-division]");

const tooLarge = () => file.files[0]?.size > Number(file.dataset.mostBytes);
const say = () => (status.textContent = tooLarge() ? form.dataset.tooLarge : "");
file.addEventListener("change", say);

form.addEventListener("submit", (event) => {
  if (tooLarge()) {
    event.preventDefault();
    say();
    file.focus();
  } else if (file.files.length) {
    status.textContent = form.dataset.sending;
  }
});

const show = () => (fresh.hidden = form.querySelector("input[name=division]:checked")?.value !== "new");
for (const choice of form.querySelectorAll("input[name=division]")) choice.addEventListener("change", show);
if (form.querySelector("input[name=division]:checked")) show();
