// The search at the top: pages, forms and records are offered while one types. Enter alone leads to all that is found.
import { combobox, found } from "./combobox.js";

export function startPalette() {
  const box = document.querySelector("[data-palette]");
  if (!box) return;
  const { input, askSoon, close } = combobox(box, {
    query: () => input.value.trim(),
    find: (words) => (words ? found(box.dataset.palette, words) : []),
    choose: ({ href }) => location.assign(href),
    free: true,
  });
  input.addEventListener("input", askSoon);
  input.addEventListener("blur", close);
}
