// What is sent, and when: a form only where the server answers and takes its files. What is the matter is said beside what was
// typed, and not on a page of the browser's own. And what was typed goes from this device with who logs out.
import * as drafts from "./drafts.js";
import * as leaving from "./leaving.js";
import * as visits from "./visits.js";

const LONGEST = 10_000; // a slow server is no lost one
const GUARDED = "form[data-form], form[data-compose]";

export function startConnection() {
  const words = document.getElementById("toasts");
  if (!words) return;
  const passing = new WeakSet();
  document.addEventListener(
    "submit",
    async (event) => {
      const form = event.target;
      if (form.matches('[action="/logout/"]')) return forget();
      if (!form.matches(GUARDED)) return;
      const heavy = tooLarge(form);
      if (heavy) {
        event.preventDefault();
        event.stopImmediatePropagation();
        tell(form, heavy);
        return;
      }
      if (form.closest("#quick") || passing.delete(form)) return;
      const { submitter } = event;
      event.preventDefault();
      event.stopImmediatePropagation(); // nobody has been told yet that it is sent
      if (form.ariaBusy === "true") return;
      form.ariaBusy = "true";
      const there = await answers();
      form.ariaBusy = null;
      tell(form, there ? "" : words.dataset.unsaved);
      if (!there) return;
      passing.add(form);
      form.requestSubmit(submitter?.form === form ? submitter : undefined);
    },
    true,
  );
  if (leaveAtLast()) return;
  const bar = document.querySelector("[data-offline-bar]");
  const show = () => (bar.hidden = navigator.onLine);
  for (const kind of ["online", "offline"]) addEventListener(kind, show);
  show();
  navigator.serviceWorker?.register("/sw.js").catch(() => {}); // a browser that takes none shows its own page
}

// A file that would be refused is not sent: the server closes the door on it before it reads what else was typed.
function tooLarge(form) {
  for (const input of form.querySelectorAll("input[type=file][data-most]")) {
    const file = [...input.files].find((each) => each.size > Number(input.dataset.most));
    if (file) return `${file.name} · ${input.dataset.tooLarge}`;
  }
  return "";
}

async function answers() {
  if (!navigator.onLine) return false;
  try {
    await fetch("/healthz", { method: "HEAD", cache: "no-store", signal: AbortSignal.timeout(LONGEST) });
    return true;
  } catch {
    return false;
  }
}

function tell(form, text) {
  let place = form.querySelector("[data-unsaved]");
  if (!place && text) {
    place = Object.assign(document.createElement("p"), { className: "note note--danger unsaved", role: "alert" });
    place.dataset.unsaved = "";
    (form.querySelector(".form__main") ?? form).prepend(place);
  }
  if (!place) return;
  place.textContent = text;
  place.hidden = !text;
  if (text) place.scrollIntoView({ block: "center" });
}

function forget() {
  drafts.dropAll();
  visits.forget();
  sessionStorage.clear();
  leaving.press();
}

// Who pressed Log out while there was no network is logged out by the next page that the server sends, whoever asks for it.
function leaveAtLast() {
  const form = document.querySelector('form[action="/logout/"]');
  if (!form || !leaving.take()) return false;
  document.documentElement.hidden = true;
  form.requestSubmit();
  return true;
}
