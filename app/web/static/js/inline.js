// Editing one cell where it stands: double click or its pencil; Enter saves, Escape goes back.
import { startLookups } from "./lookup.js";
import { startMany } from "./many.js";
import { startValues } from "./values.js";
import { say } from "./toasts.js";

export function startInline() {
  const table = document.querySelector("[data-list]");
  if (!table) return;
  const heads = [...table.querySelectorAll("thead th")];
  const words = document.getElementById("words").dataset;
  const fieldOf = (cell) => heads[cell.cellIndex].dataset.field;
  const nameOf = (cell) => heads[cell.cellIndex].textContent.trim();

  table.addEventListener("dblclick", (event) => {
    const cell = event.target.closest("[data-edit]");
    if (cell && !event.target.closest(".inline")) open(cell);
  });
  table.addEventListener("click", (event) => {
    const pencil = event.target.closest("[data-pencil]");
    if (pencil) open(pencil.closest("[data-edit]"));
  });
  // One pencil, moved to the cell that the pointer or the focus is on: a button in each would double the page.
  const pencil = document.createElement("button");
  pencil.type = "button";
  pencil.className = "btn btn--icon btn--s pencil";
  pencil.dataset.pencil = "";
  pencil.append(document.getElementById("pencil").content.cloneNode(true));
  const offer = (event) => {
    const cell = event.target.closest?.("[data-edit]");
    if (!cell || cell.querySelector(".inline") || pencil.parentElement === cell) return;
    pencil.setAttribute("aria-label", `${words.edit} ${nameOf(cell)}`);
    cell.append(pencil);
  };
  table.addEventListener("pointerover", offer);
  table.addEventListener("focusin", offer);
  table.addEventListener("keydown", (event) => {
    const cell = event.target.closest("[data-edit]");
    if (event.key === "F2" && cell) open(cell);
  });
  for (const cell of table.querySelectorAll("[data-edit]")) cell.tabIndex = -1;

  async function open(cell) {
    if (table.querySelector(".inline")) return;
    pencil.remove();
    const row = cell.closest("tr");
    const address = `${table.dataset.base}${row.dataset.id}/cell?field=${encodeURIComponent(fieldOf(cell))}`;
    const before = [...cell.childNodes];
    const answer = await fetch(address, { redirect: "error" }).catch(() => null);
    if (answer?.status === 409) return say((await answer.json()).error, "danger");
    if (!answer?.ok) return say(answer ? words.refused : words.offline, "danger");
    const { html, version } = await answer.json();
    row.dataset.version = row.dataset.version || version;
    cell.innerHTML = html; // made and escaped by the server's templates
    cell.classList.add("is-edited");
    startLookups(cell);
    startValues(cell);
    startMany(cell);
    const form = cell.querySelector("form");
    const back = () => {
      cell.classList.remove("is-edited");
      cell.replaceChildren(...before);
      cell.focus();
    };
    form.querySelector("input:not([type=hidden]), select, textarea")?.focus();
    form.querySelector("[data-inline-cancel]").addEventListener("click", back);
    form.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && !event.defaultPrevented) {
        event.stopPropagation();
        back();
      }
      if (event.key === "Enter" && event.target.matches("textarea") && (event.ctrlKey || event.metaKey)) form.requestSubmit();
    });
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      save(cell, row, form, address);
    });
  }

  async function save(cell, row, form, address) {
    const body = new URLSearchParams(new FormData(form));
    body.append("version", row.dataset.version);
    const headers = { "X-CSRF-Token": words.csrf };
    const answer = await fetch(address, { method: "POST", body, headers, redirect: "error" }).catch(() => null);
    const place = form.querySelector(".inline__error");
    if (!answer?.headers.get("content-type")?.includes("json")) {
      place.textContent = words.offline;
      place.hidden = false;
      return;
    }
    const found = await answer.json();
    if (!answer.ok) {
      place.textContent = found.error;
      place.hidden = false;
      if (found.ask) {
        const link = Object.assign(document.createElement("a"), { href: found.ask, textContent: found.action });
        place.append(" ", link);
      }
      form.querySelector("input:not([type=hidden]), select, textarea")?.setAttribute("aria-invalid", "true");
      return;
    }
    say(found.message);
    if (found.gone) return row.remove();
    row.dataset.version = found.version;
    cell.classList.remove("is-edited");
    cell.innerHTML = found.html; // made and escaped by the server's templates
    cell.focus();
  }
}
