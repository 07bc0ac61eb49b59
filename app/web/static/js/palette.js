// The search at the top: pages, forms and records are offered while one types, before that those where one was last. Enter
// alone leads to all that is found.
import { combobox, found } from "./combobox.js";
import * as visits from "./visits.js";

export function startPalette() {
  const box = document.querySelector("[data-palette]");
  if (!box) return;
  const { input, askSoon, close } = combobox(box, {
    query: () => input.value.trim(),
    find: async (words) => {
      const answer = await (words ? found(box.dataset.palette, words) : found(`${box.dataset.palette}?seen=${visits.last()}`, ""));
      return words === input.value.trim() ? answer : null; // one types on: the next answer is drawn instead
    },
    choose: ({ href }) => location.assign(href),
    free: true,
    tells: true,
  });
  input.addEventListener("input", askSoon);
  input.addEventListener("blur", close);
  input.addEventListener("summoned", askSoon);
}
