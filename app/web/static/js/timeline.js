// The timeline of a record: other kinds and older entries in place; and the composer above it, whose words are kept as typed.
import * as drafts from "./drafts.js";
import { setField } from "./field.js";
import { startLive } from "./live.js";

const PAUSE = 400;
const OURS = /^(csrf_token|:for)$|:shown$|^confirm:/;

export function startTimeline() {
  const place = document.querySelector("[data-timeline]");
  if (place) startPages(place);
  const composer = document.querySelector("[data-composer]");
  if (composer) startComposer(composer);
}

function startPages(place) {
  const filter = document.querySelector("[data-timeline-filter]");
  filter.addEventListener("change", async () => {
    const asked = new URL(filter.action);
    asked.search = new URLSearchParams(new FormData(filter));
    const found = await part(asked);
    if (found) place.replaceChildren(...found.childNodes);
  });
  place.addEventListener("click", async (event) => {
    const older = event.target.closest("[data-older]");
    if (!older || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    if (older.ariaBusy === "true") return;
    older.ariaBusy = "true";
    const found = await part(older.href);
    if (!found) return location.assign(older.href);
    older.parentElement.remove();
    append(place, found);
  });
}

async function part(address) {
  try {
    const answer = await fetch(address);
    if (!answer.ok || answer.redirected) return null;
    return new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("[data-timeline]");
  } catch {
    return null; // the browser's own way says what is wrong
  }
}

// A day that begins on one page and goes on on the next is one day.
function append(place, found) {
  const last = [...place.querySelectorAll("[data-day]")].pop();
  const first = found.querySelector("[data-day]");
  const entry = first?.querySelector("li");
  if (last && first && last.dataset.day === first.dataset.day) {
    last.querySelector("ol").append(...first.querySelectorAll("ol > li"));
    first.remove();
  }
  place.append(...found.childNodes);
  const link = entry?.querySelector("a[href]");
  (link ?? place.querySelector("[data-older]"))?.focus({ preventScroll: true });
}

function startComposer(composer) {
  const forms = [...composer.querySelectorAll("[data-compose]")];
  const tabs = [...composer.querySelectorAll("[data-for]")];
  const open = () => forms.find((each) => !each.hidden);
  const begin = () => open().querySelector("textarea, input:not([type=hidden])")?.focus();

  for (const tab of tabs) {
    tab.addEventListener("click", (event) => {
      if (event.ctrlKey || event.metaKey) return;
      event.preventDefault();
      for (const each of tabs) each.toggleAttribute("aria-current", false);
      tab.setAttribute("aria-current", "true");
      for (const form of forms) form.hidden = form.dataset.compose !== tab.dataset.for;
      const kind = open().querySelector("[data-kind]");
      if (kind) kind.value = tab.dataset.option;
      kind?.dispatchEvent(new Event("input", { bubbles: true }));
      begin();
    });
  }
  document.querySelector("[data-log]")?.addEventListener("click", (event) => {
    event.preventDefault();
    composer.scrollIntoView({ block: "center" });
    begin();
  });
  for (const form of forms) startForm(form);
}

function startForm(form) {
  const key = `compose:${form.dataset.draft}`;
  const kept = form.querySelector("[data-draft-kept]");
  const fields = () => [...form.elements].filter((each) => each.name && !OURS.test(each.name) && !each.matches("[data-kind]"));
  let timer = 0;
  let typed = "answered" in form.dataset;
  let leaving = false;

  const values = () => Object.fromEntries(fields().map((each) => [each.name, each.type === "checkbox" && !each.checked ? "" : each.value]));
  const names = () => Object.fromEntries([...form.querySelectorAll("[data-lookup-shown]")].map((each) => [each.name.split(":")[0], each.value]));
  const keep = (sent = false) => {
    clearTimeout(timer);
    if (!typed) return;
    if (drafts.write(key, { values: values(), shown: names(), at: Date.now(), sent })) {
      kept.hidden = false;
      kept.querySelector("time").textContent = new Date().toTimeString().slice(0, 5);
    }
  };

  const draft = drafts.read(key);
  if (typed) keep();
  else if (draft?.sent && location.hash === "#timeline") drafts.drop(key); // the page after a save
  else if (draft) {
    for (const field of fields()) if (field.name in draft.values) setField(field, draft.values[field.name], draft.shown[field.name]);
    typed = true;
    form.dataset.refilled = "true";
    keep();
  }
  startLive(form, form.querySelector("[data-live]"), form.querySelector("[data-live-said]"));
  form.addEventListener("input", (event) => {
    if (event.target.matches("[data-kind]")) return; // another tab: nothing is typed
    typed = true;
    clearTimeout(timer);
    timer = setTimeout(keep, PAUSE);
  });
  form.addEventListener("submit", (event) => {
    if (leaving) return event.preventDefault(); // a second click
    leaving = true;
    typed = true;
    keep(true);
  });
  form.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    form.requestSubmit();
  });
  addEventListener("pageshow", (event) => {
    if (event.persisted) leaving = false;
  });
  addEventListener("pagehide", () => {
    if (!leaving) keep();
  });
}
