// Lines: the parts of a record in its form. Each button of the table also works by sending the form; here it acts at once.
import { startFiles } from "./files.js";
import { startLookups } from "./lookup.js";
import { startMany } from "./many.js";
import { setField } from "./field.js";

export function startLines(form) {
  for (const box of form.querySelectorAll("[data-lines]")) start(form, box);
}

function start(form, box) {
  box.addEventListener("click", (event) => {
    const button = event.target.closest("button[name=then]");
    if (!button) return;
    event.preventDefault();
    if ("lineAdd" in button.dataset) focusIn(add(box));
    else act(box, button.closest("[data-line]"), button.dataset.lineAct);
    form.dispatchEvent(new Event("input", { bubbles: true }));
  });
  box.addEventListener("keydown", (event) => {
    const row = event.target.closest("[data-line]");
    if (!row) return;
    if (event.altKey && (event.key === "ArrowUp" || event.key === "ArrowDown")) {
      event.preventDefault();
      const field = document.activeElement;
      act(box, row, event.key === "ArrowUp" ? "up" : "down");
      field.focus();
      form.dispatchEvent(new Event("input", { bubbles: true }));
    } else if (event.key === "Enter" && !event.defaultPrevented && event.target.matches("input:not([type=checkbox])")) {
      // Enter in a line goes on to the next one: the form is saved by its button.
      event.preventDefault();
      focusIn(row.nextElementSibling ?? add(box));
      form.dispatchEvent(new Event("input", { bubbles: true }));
    }
  });
  renumber(box);
}

function add(box, token) {
  const name = token ?? `n${box.dataset.next++}`;
  const row = box.querySelector("[data-line-blank]").content.firstElementChild.cloneNode(true);
  for (const each of [row, ...row.querySelectorAll("*")]) {
    for (const { name: attribute, value } of [...each.attributes]) {
      if (value.includes("__new__")) each.setAttribute(attribute, value.replaceAll("__new__", name));
    }
  }
  box.querySelector("[data-line-rows]").append(row);
  startLookups(row);
  startMany(row);
  startFiles(row);
  renumber(box);
  return row;
}

function act(box, row, what) {
  const near = row.nextElementSibling ?? row.previousElementSibling;
  const button = row.querySelector(`[data-line-act=${what}]`);
  if (what === "remove") row.remove();
  else if (what === "up") row.previousElementSibling?.before(row);
  else row.nextElementSibling?.after(row);
  renumber(box);
  if (what !== "remove") (button.disabled ? row.querySelector("[data-line-act]:enabled") : button)?.focus();
  else (near?.querySelector("[data-line-act=remove]") ?? box.querySelector("[data-line-add]")).focus();
}

function renumber(box) {
  const rows = [...box.querySelectorAll("[data-line]")];
  rows.forEach((row, place) => {
    for (const each of row.querySelectorAll("[data-line-name]")) each.textContent = each.dataset.lineName.replace("{n}", place + 1);
    for (const each of row.querySelectorAll("[data-line-act]")) {
      const label = each.dataset.lineLabel.replace("{n}", place + 1);
      each.setAttribute("aria-label", label);
      each.title = label;
      each.disabled = (each.dataset.lineAct === "up" && place === 0) || (each.dataset.lineAct === "down" && place === rows.length - 1);
    }
  });
  box.querySelector("[data-line-none]").hidden = rows.length > 0;
}

function focusIn(row) {
  row.querySelector("input:not([type=hidden]), select, textarea")?.focus();
}

const isOfLine = (box, name) => name.startsWith(`${box.dataset.lines}.`);
const tokensIn = (box, names) => [...new Set(names.filter((name) => isOfLine(box, name)).map((name) => name.split(".")[1]))];

// A draft may have other lines, in another order. Those that others have taken away meanwhile stay away.
export function arrange(form, names) {
  for (const box of form.querySelectorAll("[data-lines]")) {
    const wanted = tokensIn(box, names);
    const rows = new Map([...box.querySelectorAll("[data-line]")].map((row) => [row.dataset.line, row]));
    for (const [token, row] of rows) if (!wanted.includes(token)) row.remove();
    for (const token of wanted) {
      const row = rows.get(token) ?? (token.startsWith("n") ? add(box, token) : null);
      if (row) box.querySelector("[data-line-rows]").append(row);
      if (token.startsWith("n")) box.dataset.next = Math.max(box.dataset.next, Number(token.slice(1)) + 1);
    }
    renumber(box);
  }
}

export function linesDiffer(form, names) {
  const current = [...form.elements].map((each) => each.name).filter((name) => name && !name.includes(":"));
  return [...form.querySelectorAll("[data-lines]")].some((box) => tokensIn(box, names).join() !== tokensIn(box, current).join());
}

function sayAt(form, name, { value, shown }) {
  const said = form.querySelector(`[data-name="${name}"] input[readonly]`);
  if (said) said.value = shown || value;
}

// What choosing a record fills in: fields of the same line, or of the form where the lookup stands in no line.
export function startFills(form) {
  form.addEventListener("chosen", (event) => {
    const box = event.target;
    const found = event.detail?.fills;
    if (!box.dataset.fills || !found) return;
    const name = box.querySelector("[data-lookup-value]").name;
    const prefix = name.slice(0, name.lastIndexOf(".") + 1);
    for (const [own, source] of Object.entries(JSON.parse(box.dataset.fills))) {
      const field = [...form.elements].find((each) => each.name === prefix + own && each.type !== "submit");
      if (!(source in found)) continue;
      if (field) setField(field, found[source].value, found[source].shown);
      else sayAt(form, prefix + own, found[source]); // nobody enters it: the save copies it
    }
    form.dispatchEvent(new Event("input", { bubbles: true }));
  });
}
