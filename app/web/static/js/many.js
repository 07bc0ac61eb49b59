// A list of values: chips, and an ARIA combobox that adds one. Options stand in the page, records and tags are asked for.
// What is posted is one text, a JSON list: of keys or ids, or of objects where a link has fields of its own.
import { combobox, found } from "./combobox.js";

export function startMany(root) {
  for (const box of root.querySelectorAll("[data-many]")) if (!box.dataset.started) start(box);
}

function start(box) {
  box.dataset.started = "true";
  const value = box.querySelector("[data-many-value]");
  const shown = box.querySelector("[data-lookup-shown]");
  const chips = box.querySelector("[data-chips]");
  const pattern = box.querySelector("template");
  const free = "free" in box.dataset;
  const choices = [...box.querySelectorAll("[data-choice]")].map((each) => ({ id: each.dataset.choice, label: each.textContent, retired: "retired" in each.dataset, at: each }));
  const kinds = box.querySelector("[data-many-kind]"); // of what entity the next one is
  const hasOwn = pattern.content.querySelector("[data-own]") !== null;
  let items = [];

  const has = (id) => items.some((item) => (free ? item.id.toLowerCase() === id.toLowerCase() : item.id === id));

  const write = () => {
    value.value = items.length ? JSON.stringify(items.map((item) => (hasOwn ? { id: item.id, ...item.own } : item.id))) : "";
    shown.value = JSON.stringify(Object.fromEntries(items.map((item) => [item.id, item.label])));
    value.dispatchEvent(new Event("input", { bubbles: true }));
  };
  const read = (text, labels) => {
    const names = parsed(labels, {});
    items = parsed(text, []).map((each) => {
      const { id, ...own } = typeof each === "object" ? each : { id: each };
      const known = choices.find((choice) => choice.id === id);
      return { id, own, label: names[id] ?? known?.label ?? id };
    });
    draw();
  };
  const draw = () => {
    chips.replaceChildren(...items.map(chip));
    chips.hidden = items.length === 0;
  };
  const chip = (item) => {
    const made = pattern.content.cloneNode(true).firstElementChild;
    made.querySelector("[data-name]").textContent = item.label;
    for (const own of made.querySelectorAll("[data-own]")) {
      const said = item.own[own.dataset.own] ?? (own.type === "checkbox" ? "" : own.value);
      item.own[own.dataset.own] = said;
      own.setAttribute("aria-label", `${item.label}: ${own.getAttribute("aria-label")}`);
      if (own.type === "checkbox") own.checked = said === "true";
      else own.value = said;
      own.addEventListener("input", (event) => {
        event.stopPropagation();
        item.own[own.dataset.own] = own.type === "checkbox" ? (own.checked ? "true" : "") : own.value;
        write();
      });
    }
    const remove = made.querySelector("[data-remove]");
    remove.setAttribute("aria-label", box.dataset.remove.replace("{what}", item.label));
    remove.addEventListener("click", () => {
      items = items.filter((each) => each !== item);
      draw();
      write();
      input.focus();
    });
    return made;
  };
  const add = (id, label) => {
    input.value = "";
    close();
    if (!id || has(id)) return;
    items.push({ id, label, own: {} });
    draw();
    write();
  };
  const addTyped = () => add(input.value.trim().replace(/,+$/, ""), input.value.trim().replace(/,+$/, ""));

  const { input, askSoon, close } = combobox(box, {
    query: () => input.value.trim(),
    find: async (query) => {
      const fits = (each) => !each.retired && !("off" in each.at.dataset) && each.label.toLowerCase().includes(query.toLowerCase());
      let options = box.dataset.many ? await found(box.dataset.many, query) : choices.filter(fits);
      if (kinds) options = options?.map((each) => ({ ...each, id: `${kinds.value}/${each.id}` }));
      return options?.filter((each) => !has(each.id));
    },
    choose: ({ id, label }) => add(id, label),
    free,
  });

  input.addEventListener("input", (event) => {
    event.stopPropagation(); // what is typed but not added is no change of the form
    if (free && /[,，、;；]$/.test(input.value)) {
      input.value = input.value.slice(0, -1);
      return addTyped();
    }
    askSoon();
  });
  input.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.isComposing) return; // an option was chosen, or the word is not finished
    if (event.key === "Enter" && free && input.value.trim()) {
      event.preventDefault();
      addTyped();
    } else if (event.key === "Backspace" && !input.value && items.length) {
      items = items.slice(0, -1);
      draw();
      write();
    }
  });
  input.addEventListener("blur", () => {
    if (free && input.value.trim()) addTyped();
    input.value = "";
    close();
  });
  kinds?.addEventListener("input", (event) => event.stopPropagation());
  kinds?.addEventListener("change", (event) => {
    event.stopPropagation();
    box.dataset.many = `/${kinds.value}/lookup`;
    input.value = "";
    input.focus();
  });
  box.addEventListener("restore", (event) => {
    read(event.detail.id, event.detail.label);
    value.value = event.detail.id;
    shown.value = event.detail.label || "{}";
  });
  read(value.value, shown.value);
}

function parsed(text, otherwise) {
  try {
    const found = JSON.parse(text);
    return found !== null && typeof found === "object" && Array.isArray(found) === Array.isArray(otherwise) ? found : otherwise;
  } catch {
    return otherwise;
  }
}
