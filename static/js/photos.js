/**
 * Photos of a form: made smaller on the device, shown before they leave, removed again one by one, each with its own
 * words. The files stay in the form's own field, so sending needs no script of ours; without this file the field works
 * as browsers make it. What a canvas draws is turned the right way and carries no place data.
 */

/** The longer side that is sent; the server keeps less. */
const LONGEST = 2048;
const PREVIEW = 160;
const QUALITY = 0.85;

for (const box of document.querySelectorAll("[data-photos]")) start(box);

function start(box) {
  const field = box.querySelector("input[type=file]");
  const form = field.form;
  const list = box.querySelector(".photo-previews");
  const status = box.querySelector("[role=status]");
  const single = box.querySelector("[data-description]");
  const words = single.querySelector("input");
  const most = Number(box.dataset.most);
  let chosen = []; // { file, canvas, text }
  let reading = Promise.resolve();
  let busy = 0;

  // Each photo gets words of its own; the one field for all only stays for browsers without a script.
  single.remove();

  const say = (text, more = "") => {
    status.textContent = text.replace("%s", more);
  };

  const keep = () => {
    const files = new DataTransfer();
    for (const { file } of chosen) files.items.add(file);
    field.files = files.files;
    list.hidden = chosen.length === 0;
    list.replaceChildren(...chosen.map(row));
  };

  const row = (photo, nth) => {
    const item = document.createElement("li");
    const name = `${words.id}_${nth}`;
    const label = Object.assign(document.createElement("label"), { htmlFor: name, textContent: box.dataset.describe });
    const text = Object.assign(document.createElement("input"), {
      type: "text",
      id: name,
      name: words.name,
      maxLength: words.maxLength,
      value: photo.text,
    });
    text.addEventListener("input", () => (photo.text = text.value));
    const remove = Object.assign(document.createElement("button"), {
      type: "button",
      className: "button button--quiet",
      textContent: box.dataset.remove,
    });
    remove.setAttribute("aria-label", `${box.dataset.remove}: ${photo.file.name}`);
    remove.addEventListener("click", () => {
      chosen = chosen.filter((one) => one !== photo);
      keep();
      say(box.dataset.ready, String(chosen.length));
      field.focus();
    });
    const side = document.createElement("div");
    side.append(label, text, remove);
    item.append(photo.canvas, side);
    return item;
  };

  const take = async (files) => {
    const problems = [];
    for (const file of files) {
      if (chosen.length >= most) {
        problems.push(box.dataset.many);
        break;
      }
      const photo = await shrunk(file);
      if (photo) chosen.push(photo);
      else problems.push(box.dataset.unreadable.replace("%s", file.name));
    }
    keep();
    say([box.dataset.ready.replace("%s", String(chosen.length)), ...problems].join(" "));
  };

  field.addEventListener("change", () => {
    const files = [...field.files];
    say(box.dataset.reading);
    busy += 1;
    reading = reading.then(() => take(files)).finally(() => (busy -= 1));
  });

  // Whoever is quicker than the device waits for it; then the form goes as it would have gone.
  form.addEventListener(
    "submit",
    (event) => {
      if (!busy) return;
      event.preventDefault();
      event.stopImmediatePropagation();
      reading.then(() => form.requestSubmit(event.submitter));
    },
    { capture: true },
  );
}

/** @returns {Promise<{file: File, canvas: HTMLCanvasElement, text: string} | null>} null: no picture this browser can read */
async function shrunk(file) {
  const picture = await createImageBitmap(file, { imageOrientation: "from-image" }).catch(() => null);
  if (!picture) return null;
  const canvas = drawn(picture, LONGEST);
  const small = drawn(picture, PREVIEW);
  small.setAttribute("aria-hidden", "true");
  picture.close();
  const made = await new Promise((done) => canvas.toBlob(done, "image/jpeg", QUALITY));
  if (!made) return null;
  const name = `${file.name.replace(/\.\w+$/, "")}.jpg`;
  return { file: new File([made], name, { type: "image/jpeg" }), canvas: small, text: "" };
}

/** A canvas with the picture on white, its longer side at most so many pixels. */
function drawn(picture, longest) {
  const scale = Math.min(1, longest / Math.max(picture.width, picture.height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, Math.round(picture.width * scale));
  canvas.height = Math.max(1, Math.round(picture.height * scale));
  const brush = canvas.getContext("2d");
  brush.fillStyle = "#fff";
  brush.fillRect(0, 0, canvas.width, canvas.height);
  brush.drawImage(picture, 0, 0, canvas.width, canvas.height);
  return canvas;
}
