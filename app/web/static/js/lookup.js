// A searching lookup: a combobox over /<entity>/lookup?q=… . The id is posted, its name is shown.
import { combobox, found } from "./combobox.js";

export function startLookups(root) {
  for (const box of root.querySelectorAll("[data-lookup]")) if (!box.dataset.started) start(box);
}

function start(box) {
  box.dataset.started = "true";
  const value = box.querySelector("[data-lookup-value]");
  const shown = box.querySelector("[data-lookup-shown]");
  const clear = box.querySelector("[data-lookup-clear]");
  const sources = Object.values(JSON.parse(box.dataset.fills || "{}"));
  const kinds = box.closest("[data-any]")?.querySelector("select"); // of what entity the record is

  const revert = () => {
    input.value = shown.value;
  };
  const { input, askSoon, close } = combobox(box, {
    query: () => (input.value === shown.value ? "" : input.value),
    find: async (query) => {
      const options = await found(box.dataset.lookup, query, sources);
      return options && mayCreate() ? [...options, { action: true, label: worded(query) }] : options;
    },
    choose: ({ action, id, label, fills }) => (action ? create() : keep(id, label, fills)),
    revert,
  });
  // In a drawer there is no second one: what is created beside a form that is beside a form is lost sight of.
  const mayCreate = () => Boolean(box.dataset.create) && !box.closest("dialog");
  const worded = (query) => (query ? `${box.dataset.createText} “${query}”` : box.dataset.createText);
  const create = () => {
    const name = input.value === shown.value ? "" : input.value.trim();
    const done = ({ id, label }) => id && keep(id, label);
    revert();
    close();
    const address = box.dataset.create + encodeURIComponent(name);
    document.dispatchEvent(new CustomEvent("quick", { detail: { address, opener: input, done, single: true } }));
  };
  const keep = (id, label, filled) => {
    value.value = id && kinds ? `${kinds.value}/${id}` : id;
    shown.value = label;
    input.value = label;
    clear.hidden = !id;
    close();
    value.dispatchEvent(new Event("input", { bubbles: true }));
    box.dispatchEvent(new CustomEvent("chosen", { bubbles: true, detail: { fills: filled } }));
  };
  const keepBlank = () => {
    value.value = "";
    shown.value = "";
    clear.hidden = true;
    value.dispatchEvent(new Event("input", { bubbles: true }));
  };

  input.addEventListener("input", () => {
    if (!input.value) keepBlank();
    askSoon();
  });
  input.addEventListener("focus", () => input.select());
  // What was typed but not chosen is no choice: the name goes back to what is kept.
  input.addEventListener("blur", () => {
    revert();
    close();
  });
  clear.addEventListener("click", () => {
    keep("", "");
    input.focus();
  });
  const turn = (entity) => {
    kinds.value = entity;
    box.dataset.lookup = `/${entity}/lookup`;
  };
  kinds?.addEventListener("change", () => {
    turn(kinds.value);
    input.value = "";
    keepBlank();
  });
  box.addEventListener("restore", (event) => {
    const { id, label } = event.detail;
    if (kinds && id) turn(id.split("/")[0]);
    keep(kinds ? id.split("/")[1] ?? "" : id, label);
  });
}
