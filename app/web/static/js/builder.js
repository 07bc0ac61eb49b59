// The filter builder: the server's form in a dialog. Each choice that changes its shape asks the server to draw it anew.
import { startLookups } from "./lookup.js";
import { startMany } from "./many.js";

export function startBuilder() {
  const dialog = document.getElementById("filter-dialog");
  document.addEventListener("click", (event) => {
    const opener = event.target.closest("[data-filter-open]");
    if (!dialog || !opener || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    ask(dialog, opener.href).then((done) => {
      if (!done) return location.assign(opener.href);
      dialog.showModal();
      (dialog.querySelector("[data-focus]") ?? dialog.querySelector(".cond .select"))?.focus();
    });
  });
  dialog?.addEventListener("click", (event) => {
    const cancel = event.target.closest("a[data-close]");
    if (cancel) event.preventDefault();
  });
  const place = dialog ?? document.querySelector("[data-filter-place]");
  if (!place) return;
  if (place !== dialog) begin(place);
  place.addEventListener("change", (event) => {
    if (event.target.matches("[data-again]")) send(place, event.target.form, null, event.target.name);
  });
  place.addEventListener("submit", (event) => {
    event.preventDefault();
    send(place, event.target, event.submitter, event.submitter?.value ?? "");
  });
}

function inside(href) {
  const address = new URL(href, location.href);
  address.searchParams.set("inside", "1");
  return address;
}

async function ask(place, href, options = {}) {
  try {
    const answer = await fetch(inside(href), { redirect: "error", ...options });
    if (!answer.ok && answer.status !== 422) return false;
    const { html, href: next } = await answer.json();
    if (next) location.assign(next);
    else {
      place.innerHTML = html; // made and escaped by the server's templates
      begin(place);
    }
    return true;
  } catch {
    return false;
  }
}

function begin(place) {
  startLookups(place);
  startMany(place);
}

async function send(place, form, button, name) {
  const body = new FormData(form, button);
  const scrolled = place.querySelector(".builder__body")?.scrollTop ?? 0;
  if (!(await ask(place, form.action, { method: "POST", body }))) return form.submit();
  const rest = place.querySelector(".builder__body");
  if (rest) rest.scrollTop = scrolled;
  focusAfter(place, name);
}

// The keyboard goes on where it was: at the choice that was made, or in the row that came.
function focusAfter(place, name) {
  const [act, at] = name.split(":");
  const rows = [...place.querySelectorAll(".cond__what")];
  const added = at && rows.filter((each) => each.name.startsWith(`${at}.`)).at(-1);
  const wrong = place.querySelector("[data-focus]");
  let target = wrong;
  if (!target && (act === "add" || act === "group")) target = added;
  if (!target && act === "drop") target = rows.at(-1);
  if (!target) {
    const same = place.querySelector(`[name="${CSS.escape(name)}"]`);
    const row = same?.closest(".cond");
    const kept = same?.matches(".cond__what") ? row?.querySelector(".cond__how .select") : row?.querySelector(".cond__value input:not([type=hidden]), .cond__value select");
    target = kept ?? same ?? rows.at(-1);
  }
  target?.focus();
}
