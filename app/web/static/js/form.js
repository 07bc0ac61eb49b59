// The form: a draft while typing, the choice after a conflict, the word before leaving with unsaved changes.
import * as drafts from "./drafts.js";
import { startAlike } from "./alike.js";
import { arrange, linesDiffer, startFills, startLines } from "./lines.js";
import { setField } from "./field.js";
import { startLive } from "./live.js";

const PAUSE = 400;

/* `root` holds one form with what belongs to it: the page, or a drawer. `reload` draws it anew. Gives `keep()`, which keeps the
   draft; `drop()`, for what is saved; and `again()`, for what was sent and did not arrive. */
export function startForm(root, reload = () => location.reload()) {
  const form = root.querySelector("[data-form]");
  if (!form) return null;
  const key = form.dataset.draft;
  const note = form.querySelector("[data-draft-note]");
  const kept = root.querySelector("[data-draft-kept]");
  let timer = 0;
  let dirty = "answered" in form.dataset;
  let leaving = false;

  const keep = (sent = false) => {
    clearTimeout(timer);
    if (!dirty) return;
    if (drafts.write(key, { ...valuesOf(form), at: Date.now(), sent }) && kept) {
      kept.hidden = false;
      kept.querySelector("time").textContent = new Date().toTimeString().slice(0, 5);
    }
  };
  form.addEventListener("input", () => {
    dirty = true;
    clearTimeout(timer);
    timer = setTimeout(keep, PAUSE);
  });
  form.addEventListener("submit", (event) => {
    if (leaving) return event.preventDefault(); // a second click
    leaving = true;
    dirty = true;
    keep(true);
  });
  addEventListener("pageshow", (event) => {
    if (event.persisted) leaving = false;
  });
  addEventListener("pagehide", () => {
    if (!leaving) keep();
  });
  root.querySelector("[data-leave]")?.addEventListener("click", () => {
    leaving = true;
    drafts.drop(key);
  });

  for (const kind of ["input", "change"]) form.addEventListener(kind, (event) => takeBack(form, event.target));

  const currency = form.querySelector('select[name="currency"]');
  const showCurrency = () => {
    if (!currency) return;
    for (const each of form.querySelectorAll("[data-currency-code]")) each.textContent = currency.value;
  };
  currency?.addEventListener("change", showCurrency);

  const draft = drafts.read(key);
  if ("answered" in form.dataset) keep();
  else if (draft && differs(form, draft)) {
    note.hidden = false;
    if (draft.sent) {
      // It was posted and no page of work came after it: the login had run out. Go on where one was.
      fill(form, draft);
      showCurrency();
      dirty = true;
      form.dataset.refilled = "true";
      const told = note.querySelector("[data-draft-text]");
      told.textContent = told.dataset.draftBack;
      note.querySelector("[data-draft-restore]").hidden = true;
    }
  }
  note?.querySelector("[data-draft-restore]").addEventListener("click", () => {
    fill(form, draft);
    showCurrency();
    note.hidden = true;
    form.dispatchEvent(new Event("input", { bubbles: true }));
  });
  note?.querySelector("[data-draft-drop]").addEventListener("click", () => {
    drafts.drop(key);
    leaving = true;
    reload();
  });
  startChoices(form);
  startLines(form);
  startFills(form);
  startAlike(form);
  startLive(form, root.querySelector("#live, #q-live"), root.querySelector("#live-said, #q-live-said"));
  return {
    keep: () => leaving || keep(),
    drop() {
      leaving = true;
      clearTimeout(timer);
      drafts.drop(key);
    },
    again() {
      leaving = false;
      keep();
    },
  };
}

// What was said of a value holds of that value: where another is put in, it is taken back. The next save says what it finds.
function takeBack(form, input) {
  const field = input.name && input.value && input.closest(".field--error");
  if (!field) return;
  field.classList.remove("field--error");
  field.querySelector(".field__error")?.remove();
  for (const each of field.querySelectorAll("[aria-invalid]")) each.removeAttribute("aria-invalid");
  for (const link of form.querySelectorAll("[data-errors] a")) {
    if (field.contains(document.getElementById(decodeURIComponent(link.hash.slice(1))))) link.closest("li").classList.add("is-done");
  }
  const list = form.querySelector("[data-errors]");
  if (list && !list.querySelector("li:not(.is-done)")) list.closest(".note").hidden = true;
  const section = field.closest("fieldset");
  const badge = section && form.querySelector(`.toc a[href="#${CSS.escape(section.id)}"] .badge`);
  if (badge) badge.textContent = String(Number(badge.textContent) - 1);
  if (badge?.textContent === "0") badge.remove();
}

// What stands beside a field, or is no field. A text of one language is one: `motto:zh`.
const BESIDE = /:(was|shown|rows|ids|drop|file|pick)$|^confirm:/;

function fields(form) {
  const ours = (each) => each.name && each.name !== "csrf_token" && each.name !== "version" && !BESIDE.test(each.name) && each.type !== "submit";
  return [...form.elements].filter(ours);
}

function valuesOf(form) {
  const values = {};
  const shown = {};
  for (const field of fields(form)) {
    if (field.type === "checkbox") values[field.name] = field.checked ? field.value : "";
    else if (field.type === "radio") {
      if (field.checked) values[field.name] = field.value;
    } else if (field.nextElementSibling?.type !== "checkbox") values[field.name] = field.value;
  }
  for (const field of form.querySelectorAll("[data-lookup-shown]")) shown[field.name.split(":")[0]] = field.value;
  return { values, shown };
}

function differs(form, draft) {
  const { values } = valuesOf(form);
  if (linesDiffer(form, Object.keys(draft.values))) return true;
  return Object.entries(draft.values).some(([name, value]) => name in values && values[name] !== value);
}

function fill(form, draft) {
  arrange(form, Object.keys(draft.values));
  for (const field of fields(form)) {
    if (!(field.name in draft.values)) continue;
    setField(field, draft.values[field.name], draft.shown[field.name]);
  }
}

function startChoices(form) {
  form.addEventListener("change", (event) => {
    const choice = event.target;
    if (!choice.matches("[data-pick-value]")) return;
    const name = choice.name.replace(/:pick$/, "");
    const pieces = form.querySelector(`[data-pieces="${CSS.escape(name)}"]`);
    if (pieces) {
      const parts = choice.dataset.pickValue ? JSON.parse(choice.dataset.pickValue) : {};
      for (const field of pieces.querySelectorAll("input, select")) setField(field, parts[field.name.split(".")[1]] ?? "");
    }
    for (const field of fields(form)) {
      if (field.name === name) setField(field, choice.dataset.pickValue, choice.dataset.pickShown);
    }
  });
}
