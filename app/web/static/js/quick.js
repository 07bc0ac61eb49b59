// Quick create: the form of something new in a drawer beside what one is doing. It is the page's own form, sent to the page's
// own address: what is saved, refused and kept as a draft is the same. Short at first: what is asked for, and what is filled in.
import { startFiles } from "./files.js";
import { startForm } from "./form.js";
import { startLookups } from "./lookup.js";
import { startMany } from "./many.js";
import { startValues } from "./values.js";
import { carry, say } from "./toasts.js";

const RECORD = /^\/[^/]+\/(\d+)$/;
const WIDE = "(min-width: 48rem)"; // on a phone the page itself is the drawer
const NAMING = ["id", "for", "form", "aria-labelledby", "aria-describedby", "aria-controls", "aria-activedescendant"];
const OWN = "q-"; // before the ids of a form that stands beside another
const FEW = 4;

export function startQuick() {
  const dialog = document.getElementById("quick");
  if (!dialog) return;
  const drawer = drawerOf(dialog);
  document.addEventListener("click", (event) => {
    const link = event.target.closest?.("a[data-quick]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey || !matchMedia(WIDE).matches) return;
    event.preventDefault();
    const menu = link.closest("details");
    if (menu) menu.open = false;
    drawer.open({ address: link.href, opener: menu?.querySelector("summary") ?? link, done: (made) => told(link, made) });
  });
  document.addEventListener("quick", (event) => drawer.open(event.detail));
}

// What was created from a list of the record that one looks at belongs into that list: the page is drawn anew.
function told(link, { message, href }) {
  if (new URL(link.href).searchParams.has("back")) {
    carry(message, href);
    location.reload();
  } else say(message, "done", href);
}

function drawerOf(dialog) {
  const body = dialog.querySelector("[data-quick-body]");
  const said = dialog.querySelector("[data-quick-said]");
  const title = dialog.querySelector("h2");
  const page = dialog.querySelector("[data-quick-page]");
  let form = null;
  let now = null; // what the drawer is open for

  const tell = (text) => {
    said.textContent = text;
    said.hidden = !text;
    if (text) said.scrollIntoView({ block: "nearest" });
  };

  async function open(wanted) {
    const found = await ask(wanted.address);
    if (!found?.form) return location.assign(wanted.address); // the page says what is wrong
    now = wanted;
    wanted.opener?.focus();
    draw(found);
    dialog.showModal();
    first(body)?.focus();
  }

  function draw({ document: source }) {
    form?.keep();
    tell("");
    const parts = [...source.querySelectorAll("form[data-form], .savebar, #live, #live-said")];
    const heading = source.querySelector("h1").textContent;
    body.replaceChildren(...parts.map((part) => named(document.importNode(part, true))));
    title.textContent = heading;
    page.href = now.address;
    const element = body.querySelector("form");
    element.addEventListener("click", jump);
    startLookups(body);
    startValues(body);
    startMany(body);
    startFiles(body);
    form = startForm(body, () => open(now));
    element.addEventListener("submit", send);
    body.querySelector("[data-leave]").addEventListener("click", (event) => {
      event.preventDefault();
      dialog.close();
    });
    if (now.single) body.querySelector("[name=then][value=new]")?.remove();
    shorten(element);
  }

  // Few fields at first; what is missing or asked for by a condition comes forth by itself (see pages.css).
  function shorten(element) {
    const asked = [...new URL(element.action).searchParams.keys()];
    const places = [...element.querySelectorAll(".field[data-name]")];
    places.forEach((place, index) => {
      if (index === 0 || asked.includes(place.dataset.name)) place.dataset.lead = "";
    });
    if (places.length <= FEW) return;
    element.classList.add("is-short");
    const all = dialog.querySelector("[data-quick-parts]").content.firstElementChild.cloneNode(true);
    all.addEventListener("click", () => {
      const before = first(body);
      element.classList.remove("is-short");
      all.remove();
      before?.focus();
    });
    body.querySelector(".savebar").append(all);
  }

  async function send(event) {
    if (event.defaultPrevented) return; // a second click
    event.preventDefault();
    tell("");
    const element = event.target;
    const found = await ask(element.action, { method: "POST", body: new FormData(element, event.submitter) });
    if (!found) {
      form.again();
      tell(dialog.dataset.offline);
    } else if (found.form && !found.redirected) {
      draw(found);
      (body.querySelector("[aria-invalid=true]") ?? first(body))?.focus();
    } else if (found.form) {
      form.drop(); // saved, and another one is to be made
      say(found.message, "done");
      now = { ...now, address: found.address };
      draw(found);
      first(body)?.focus();
    } else if (found.redirected && found.inside) {
      form.drop();
      const done = now.done;
      const [, id] = RECORD.exec(new URL(found.address).pathname) ?? [];
      dialog.close();
      done?.({ id, label: found.heading, message: found.message, href: id ? found.address : "" });
    } else if (found.redirected) {
      location.assign(element.action); // to the login, and from there to the form with all that was typed
    } else {
      form.again();
      tell(found.heading || dialog.dataset.refused);
    }
  }

  dialog.addEventListener("close", () => {
    form?.keep();
    form = null;
    body.replaceChildren();
  });
  return { open };
}

const first = (body) =>
  [...body.querySelectorAll("form input:not([type=hidden]):not([readonly]), form select, form textarea")].find((each) => each.checkVisibility());

// A page, and what of it is asked here; null where the server was not reached.
async function ask(address, how = {}) {
  try {
    const answer = await fetch(address, how);
    const source = new DOMParser().parseFromString(await answer.text(), "text/html");
    return {
      document: source,
      address: answer.url,
      redirected: answer.redirected,
      form: source.querySelector("form[data-form][data-draft]"),
      inside: "app" in source.body.dataset,
      heading: source.querySelector("h1")?.textContent.trim() ?? "",
      message: source.querySelector(".toast p")?.textContent ?? "",
    };
  } catch {
    return null;
  }
}

// The form of the page beneath has the same names: all that refers to an element by its id refers to ours.
function named(part) {
  for (const root of [part, ...[...part.querySelectorAll("template")].map((each) => each.content)]) {
    for (const each of [root, ...root.querySelectorAll("*")]) {
      for (const name of NAMING) {
        const value = each.getAttribute?.(name);
        if (value) each.setAttribute(name, value.split(" ").map((id) => OWN + id).join(" "));
      }
      if (each.getAttribute?.("href")?.startsWith("#")) each.setAttribute("href", `#${OWN}${each.getAttribute("href").slice(1)}`);
    }
  }
  return part;
}

// A link to a field of the form: within the drawer, without a trace in the address.
function jump(event) {
  const link = event.target.closest('a[href^="#"]');
  if (!link) return;
  event.preventDefault();
  const target = document.getElementById(decodeURIComponent(link.hash.slice(1)));
  target?.scrollIntoView({ block: "center" });
  target?.focus();
}
