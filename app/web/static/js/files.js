// Files of a form: dropped ones are chosen, chosen ones are named with their size, and one that is too large is told at once.

export function startFiles(root) {
  for (const place of root.querySelectorAll("[data-pick-files]")) start(place);
}

function start(place) {
  const input = place.querySelector("input[type=file]");
  const zone = place.querySelector(".pick__zone");
  const chosen = place.querySelector("[data-chosen]");
  const over = (is) => (event) => {
    event.preventDefault();
    zone.classList.toggle("is-over", is);
  };
  zone.addEventListener("dragover", over(true));
  zone.addEventListener("dragleave", over(false));
  zone.addEventListener("drop", (event) => {
    over(false)(event);
    if (!event.dataTransfer.files.length) return;
    input.files = input.multiple ? event.dataTransfer.files : only(event.dataTransfer.files[0]);
    input.dispatchEvent(new Event("change", { bubbles: true }));
    input.dispatchEvent(new Event("input", { bubbles: true }));
  });
  input.addEventListener("change", () => {
    const most = Number(input.dataset.most);
    chosen.replaceChildren(...[...input.files].map((file) => line(file, file.size > most ? input.dataset.tooLarge : "")));
  });
}

function only(file) {
  const one = new DataTransfer();
  one.items.add(file);
  return one.files;
}

function line(file, wrong) {
  const item = document.createElement("li");
  const size = file.size < 1e6 ? `${Math.max(1, Math.round(file.size / 1e3))} KB` : `${(file.size / 1e6).toFixed(1)} MB`;
  item.textContent = `${file.name} · ${size}${wrong ? ` · ${wrong}` : ""}`;
  item.classList.toggle("is-wrong", Boolean(wrong));
  return item;
}
