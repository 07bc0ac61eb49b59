// A searching lookup: an ARIA combobox over /<entity>/lookup?q=… . The id is posted, its name is shown.

const PAUSE = 150;

export function startLookups(root) {
  for (const box of root.querySelectorAll("[data-lookup]")) if (!box.dataset.started) start(box);
}

function start(box) {
  box.dataset.started = "true";
  const input = box.querySelector("[role=combobox]");
  const menu = box.querySelector(".lookup__menu");
  const list = box.querySelector("[role=listbox]");
  const none = box.querySelector(".lookup__none");
  const value = box.querySelector("[data-lookup-value]");
  const shown = box.querySelector("[data-lookup-shown]");
  const clear = box.querySelector("[data-lookup-clear]");
  const sources = Object.values(JSON.parse(box.dataset.fills || "{}"));
  const wanted = sources.length ? `&fill=${sources.join(",")}` : "";
  let fills = {};
  const kinds = box.closest("[data-any]")?.querySelector("select"); // of what entity the record is
  let timer = 0;
  let asked = 0;
  let active = -1;

  const items = () => [...list.children];
  const set = (open) => {
    menu.hidden = !open;
    input.setAttribute("aria-expanded", String(open));
    if (!open) mark(-1);
  };
  const mark = (index) => {
    active = index;
    items().forEach((item, place) => item.setAttribute("aria-selected", String(place === index)));
    if (index < 0) input.removeAttribute("aria-activedescendant");
    else {
      input.setAttribute("aria-activedescendant", items()[index].id);
      items()[index].scrollIntoView({ block: "nearest" });
    }
  };
  const keep = (id, label, fills) => {
    clearTimeout(timer); // an answer that is still on its way would open the list again
    asked += 1;
    value.value = id && kinds ? `${kinds.value}/${id}` : id;
    shown.value = label;
    input.value = label;
    clear.hidden = !id;
    set(false);
    value.dispatchEvent(new Event("input", { bubbles: true }));
    box.dispatchEvent(new CustomEvent("chosen", { bubbles: true, detail: { fills } }));
  };
  const ask = async () => {
    const number = ++asked;
    const query = input.value === shown.value ? "" : input.value;
    const join = box.dataset.lookup.includes("?") ? "&" : "?";
    const answer = await fetch(`${box.dataset.lookup}${join}q=${encodeURIComponent(query)}${wanted}`, { redirect: "error" }).catch(() => null);
    if (number !== asked || !answer?.ok || document.activeElement !== input) return;
    const { options } = await answer.json();
    fills = Object.fromEntries(options.map((option) => [option.id, option.fills]));
    list.replaceChildren(...options.map((option, index) => drawn(option, `${input.id}-${index}`, query)));
    none.hidden = options.length > 0;
    const opening = menu.hidden;
    set(true);
    // Near the foot of a page the list would open out of sight. A phone's keyboard leaves no room for both: there it stays.
    if (opening && matchMedia("(min-width: 48rem)").matches) menu.scrollIntoView({ block: "nearest" });
    mark(options.length && query ? 0 : -1);
  };

  input.addEventListener("input", () => {
    if (!input.value) keepBlank();
    clearTimeout(timer);
    timer = setTimeout(ask, PAUSE);
  });
  const keepBlank = () => {
    value.value = "";
    shown.value = "";
    clear.hidden = true;
    value.dispatchEvent(new Event("input", { bubbles: true }));
  };
  input.addEventListener("focus", () => input.select());
  input.addEventListener("click", ask);
  input.addEventListener("keydown", (event) => {
    const count = items().length;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      if (menu.hidden) ask();
      else if (count) mark((active + (event.key === "ArrowDown" ? 1 : count - (active < 0 ? 0 : 1))) % count);
    } else if (event.key === "Enter" && !menu.hidden && active >= 0) {
      event.preventDefault();
      items()[active].click();
    } else if (event.key === "Escape" && !menu.hidden) {
      event.preventDefault();
      event.stopPropagation();
      input.value = shown.value;
      set(false);
    }
  });
  // What was typed but not chosen is no choice: the name goes back to what is kept.
  input.addEventListener("blur", () => {
    asked += 1;
    clearTimeout(timer);
    input.value = shown.value;
    set(false);
  });
  menu.addEventListener("mousedown", (event) => event.preventDefault());
  list.addEventListener("click", (event) => {
    const item = event.target.closest("[role=option]");
    if (item) keep(item.dataset.id, item.dataset.label, fills[item.dataset.id]);
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

export function drawn(option, id, query) {
  const item = document.createElement("li");
  item.className = "menu__item";
  item.id = id;
  item.dataset.id = option.id;
  item.dataset.label = option.label;
  item.setAttribute("role", "option");
  item.setAttribute("aria-selected", "false");
  if (option.initials) {
    const avatar = document.createElement("span");
    avatar.className = `avatar avatar--${option.tone} avatar--m avatar--org`;
    avatar.setAttribute("aria-hidden", "true");
    avatar.textContent = option.initials;
    item.append(avatar);
  }
  const words = document.createElement("div");
  words.className = "grow";
  const name = document.createElement("p");
  name.className = "cut";
  const at = query ? option.label.toLowerCase().indexOf(query.toLowerCase()) : -1;
  if (at >= 0) {
    const mark = document.createElement("mark");
    mark.textContent = option.label.slice(at, at + query.length);
    name.append(option.label.slice(0, at), mark, option.label.slice(at + query.length));
  } else name.textContent = option.label;
  words.append(name);
  if (option.detail) {
    const detail = document.createElement("p");
    detail.className = "small muted cut";
    detail.textContent = option.detail;
    words.append(detail);
  }
  item.append(words);
  return item;
}
