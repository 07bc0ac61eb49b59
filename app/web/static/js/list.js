// The list: selecting rows, the bar of actions on them, and filters that apply when their menu closes.
import { startLookups } from "./lookup.js";
import { startMany } from "./many.js";
import { startValues } from "./values.js";

export function startList() {
  startFilters();
  startColumns();
  const table = document.querySelector("[data-list]");
  const bar = document.getElementById("bulk");
  if (!table || !bar) return;
  const boxes = () => [...table.querySelectorAll("input[name=id]")];
  const all = table.querySelector("[data-pick-all]");
  let last = null;
  const whole = bar.querySelector("[data-pick-whole]"); // pressed: all rows of the list are meant, of the other pages, too
  let every = false;

  const show = () => {
    const picked = boxes().filter((box) => box.checked);
    for (const box of boxes()) box.closest("tr").toggleAttribute("data-picked", box.checked);
    every &&= picked.length === boxes().length;
    const count = every ? Number(whole.dataset.pickWhole) : picked.length;
    if (whole) whole.hidden = every;
    all.checked = picked.length > 0 && picked.length === boxes().length;
    all.indeterminate = picked.length > 0 && !all.checked;
    bar.hidden = picked.length === 0;
    bar.querySelector("[data-picked]").textContent = every ? whole.dataset.words : bar.dataset.words.replace("{count}", count);
    for (const place of document.querySelectorAll("[data-picked-count]")) {
      place.textContent = (place.dataset.words ?? bar.dataset.change).replace("{count}", count.toLocaleString("en"));
    }
    return picked;
  };
  all.addEventListener("change", () => {
    for (const box of boxes()) box.checked = all.checked;
    show();
  });
  table.addEventListener("click", (event) => {
    const box = event.target.closest("input[name=id]");
    if (!box) return;
    if (event.shiftKey && last && last !== box) {
      const every = boxes();
      const [from, to] = [every.indexOf(last), every.indexOf(box)].sort((one, other) => one - other);
      for (const each of every.slice(from, to + 1)) each.checked = box.checked;
    }
    last = box;
    show();
  });
  whole?.addEventListener("click", () => {
    for (const box of boxes()) box.checked = true;
    every = true;
    show();
    bar.querySelector("[data-open], form .btn")?.focus();
  });
  bar.querySelector("[data-pick-none]").addEventListener("click", () => {
    for (const box of boxes()) box.checked = false;
    show();
  });
  for (const form of document.querySelectorAll("dialog form[action*='/bulk/'], #bulk form")) {
    form.addEventListener("submit", () => {
      for (const old of form.querySelectorAll("[data-id]")) old.remove();
      const rows = show().map((box) => ["id", box.value]);
      for (const [name, value] of every ? [["all", whole.dataset.pickWhole]] : rows) {
        const id = document.createElement("input");
        Object.assign(id, { type: "hidden", name, value });
        id.dataset.id = "";
        form.append(id);
      }
      // Of chosen rows a file has the columns and the order of the list, too.
      form.action = form.action.split("?")[0] + (every || "ofList" in form.dataset ? location.search : "");
      const back = document.createElement("input");
      Object.assign(back, { type: "hidden", name: "back", value: location.pathname + location.search });
      back.dataset.id = "";
      form.append(back);
    });
  }
  startBulkField();
  show();
}

// Columns are dragged into order within their form, which is drawn anew whenever it is opened; arrows move them, too.
function startColumns() {
  let dragged = null;
  const row = (event) => event.target.closest?.("[data-column][draggable]");
  document.addEventListener("dragstart", (event) => {
    dragged = row(event);
    if (!dragged) return;
    dragged.toggleAttribute("data-dragged", true);
    event.dataTransfer.effectAllowed = "move";
  });
  document.addEventListener("dragover", (event) => {
    const over = row(event);
    if (!dragged || !over || over.parentElement !== dragged.parentElement) return;
    event.preventDefault();
    if (over === dragged) return;
    const { top, height } = over.getBoundingClientRect();
    over[event.clientY < top + height / 2 ? "before" : "after"](dragged);
  });
  document.addEventListener("dragend", () => {
    dragged?.removeAttribute("data-dragged");
    dragged = null;
  });
}

function startBulkField() {
  const choice = document.querySelector("[data-bulk-field]");
  const place = document.querySelector("[data-bulk-value]");
  choice?.addEventListener("change", async () => {
    place.replaceChildren();
    if (!choice.value) return;
    const answer = await fetch(`${choice.dataset.bulkField}?field=${encodeURIComponent(choice.value)}`, { redirect: "error" });
    if (!answer.ok) return;
    const { html } = await answer.json();
    place.innerHTML = html; // made and escaped by the server's templates
    startLookups(place);
    startValues(place);
    startMany(place);
  });
}

function startFilters() {
  const form = document.querySelector("[data-filters]");
  if (!form) return;
  form.addEventListener("submit", () => {
    // Blank parts would only lengthen the address.
    for (const field of form.elements) if (field.name && (!field.value || field.name.endsWith(":shown"))) field.disabled = true;
  });
  // A choice that stands alone needs no button.
  form.addEventListener("chosen", (event) => event.target.closest("form").requestSubmit());
  addEventListener("pageshow", () => {
    for (const field of form.elements) field.disabled = false;
  });
}
