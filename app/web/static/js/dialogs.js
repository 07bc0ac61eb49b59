// Dialogs: focus stays inside, Escape closes, the opener gets the focus back. A dialog of the browser's own makes all else
// inert, which is style for every element of the page before it is seen: ours lies over the page instead (see pages.css).
const CONTROLS = "a[href], button, input, select, textarea, summary, [tabindex='0'], [contenteditable='true']";
const FIELDS = "input:not([type='hidden'], [readonly]), select, textarea:not([readonly]), [contenteditable='true']";
const TYPED = "input:not([type='checkbox'], [type='radio'], [type='file'], [type='range'], [type='color']), textarea, [contenteditable='true']";
let shown = null; // {dialog, opener}

export function openDialog(dialog, opener = document.activeElement) {
  if (dialog.open) return;
  dialog.setAttribute("aria-modal", "true");
  shown = { dialog, opener };
  dialog.show();
  focusInside(dialog);
}

// Where the work begins: in the first field, else on the button that harms nothing. Where fingers type, a field that has the
// focus brings up a keyboard that hides half the dialog: there it waits until it is touched.
function focusInside(dialog) {
  const inside = controls(dialog).filter((each) => !each.closest(".dialog__head"));
  const field = inside.find((each) => each.matches(FIELDS));
  const checked = field?.type === "radio" && inside.find((each) => each.name === field.name && each.checked);
  const first = checked || field;
  if (first && matchMedia("(pointer: coarse)").matches && first.matches(TYPED)) return;
  const harms = dialog.querySelector(".btn--danger-main");
  const safe = harms ? inside.find((each) => each.matches("[data-close]")) : inside.find((each) => each.matches(".btn--main"));
  (first ?? safe ?? inside[0])?.focus();
}

export function startDialogs() {
  document.addEventListener("click", (event) => {
    const opener = event.target.closest("[data-open]");
    if (opener) {
      const dialog = document.getElementById(opener.dataset.open);
      if (!dialog) return;
      const about = dialog.querySelector("[data-about-here]");
      if (about) about.value = opener.dataset.about; // one dialog for all rows: it asks about the one that opened it
      openDialog(dialog, opener);
      dialog.dispatchEvent(new CustomEvent("opened"));
      return;
    }
    const dialog = event.target.closest("dialog");
    if (dialog && (event.target.closest("[data-close]") || event.target === dialog)) dialog.close();
  });
  document.addEventListener("keydown", (event) => {
    if (!shown || event.defaultPrevented || event.target.closest("dialog:modal")) return;
    if (event.key === "Escape") {
      event.preventDefault();
      shown.dialog.close();
    } else if (event.key === "Tab") keepInside(event, shown.dialog);
  });
  document.addEventListener("focusin", ({ target }) => {
    if (shown && !shown.dialog.contains(target) && !target.closest("dialog:modal, #toasts")) controls(shown.dialog)[0]?.focus();
  });
  document.addEventListener("close", ({ target }) => {
    if (target !== shown?.dialog) return;
    const { opener } = shown;
    shown = null;
    if (document.activeElement === document.body) opener?.focus({ preventScroll: true }); // a click beside it took the focus away
  }, true);
}

const controls = (box) => [...box.querySelectorAll(CONTROLS)].filter((each) => !each.disabled && each.checkVisibility());

function keepInside(event, box) {
  const inside = controls(box);
  const edge = event.shiftKey ? inside[0] : inside.at(-1);
  if (box.contains(document.activeElement) && document.activeElement !== edge) return;
  event.preventDefault();
  (event.shiftKey ? inside.at(-1) : inside[0])?.focus();
}
