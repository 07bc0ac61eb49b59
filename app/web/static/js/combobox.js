// An ARIA combobox: a field that asks while one types, and below it a list that arrow keys walk through.

const PAUSE = 150;

/* `query()` is what is asked for, `find(query)` gives the options (null: none could be had), `choose(option)` takes the one
   that was chosen, `revert()` undoes what was only typed. An option with `action` is something to do, no answer. `free`: what is typed is a value, too, so nothing has to be found;
   `tells`: it is said where nothing was. */
export function combobox(box, { query, find, choose, revert = () => {}, free = false, tells = !free }) {
  const input = box.querySelector("[role=combobox]");
  const menu = box.querySelector(".lookup__menu");
  const list = box.querySelector("[role=listbox]");
  const none = box.querySelector(".lookup__none");
  let timer = 0;
  let asked = 0;
  let active = -1;
  let offered = [];

  const options = () => [...list.children];
  const mark = (index, walked = false) => {
    active = index;
    options().forEach((option, place) => option.setAttribute("aria-selected", String(place === index)));
    input.dispatchEvent(new CustomEvent("marked", { bubbles: true, detail: walked ? options()[index] : null }));
    if (index < 0) return input.removeAttribute("aria-activedescendant");
    input.setAttribute("aria-activedescendant", options()[index].id);
    options()[index].scrollIntoView({ block: "nearest" });
  };
  const open = (yes) => {
    menu.hidden = !yes;
    input.setAttribute("aria-expanded", String(yes));
    if (!yes) mark(-1);
  };
  const close = () => {
    clearTimeout(timer); // an answer that is still on its way would open the list again
    asked += 1;
    open(false);
  };
  const ask = async () => {
    const number = ++asked;
    const words = query();
    const answer = await find(words);
    if (number !== asked || !answer || document.activeElement !== input) return;
    offered = answer;
    list.replaceChildren(...offered.map((option, index) => drawn(option, `${input.id}-${index}`, words)));
    const found = offered.filter((option) => !option.action).length;
    none.hidden = found > 0 || !(tells && (words || !free));
    const opening = menu.hidden;
    open(offered.length > 0 || !none.hidden);
    // Near the foot of a page the list would open out of sight. A phone's keyboard leaves no room for both: there it stays.
    if (opening && matchMedia("(min-width: 48rem)").matches) menu.scrollIntoView({ block: "nearest" });
    mark(found && words && !free ? 0 : -1);
  };
  const askSoon = () => {
    clearTimeout(timer);
    timer = setTimeout(ask, PAUSE);
  };

  input.addEventListener("click", ask);
  input.addEventListener("keydown", (event) => {
    if (event.isComposing) return; // the keys choose among the words of an input method
    const count = options().length;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      if (menu.hidden) ask();
      else if (count) mark((active + (event.key === "ArrowDown" ? 1 : count - (active < 0 ? 0 : 1))) % count, true);
    } else if (event.key === "Enter" && !menu.hidden && active >= 0) {
      event.preventDefault();
      options()[active].click();
    } else if (event.key === "Escape" && !menu.hidden) {
      event.preventDefault();
      event.stopPropagation();
      revert();
      close();
    }
  });
  menu.addEventListener("mousedown", (event) => event.preventDefault());
  list.addEventListener("click", (event) => {
    const option = event.target.closest("[role=option]");
    if (option) choose(offered[options().indexOf(option)]);
  });
  return { input, askSoon, close };
}

/* The options that the server finds, each with its values of the fields in `fills`; null where it could not be asked. */
export async function found(path, query, fills = []) {
  const join = path.includes("?") ? "&" : "?";
  const wanted = fills.length ? `&fill=${fills.join(",")}` : "";
  const answer = await fetch(`${path}${join}q=${encodeURIComponent(query)}${wanted}`, { redirect: "error" }).catch(() => null);
  if (!answer?.ok) return null;
  const [, entity] = /^\/(\w+)\/lookup$/.exec(path) ?? []; // of records: what is known of each is shown beside it
  return (await answer.json()).options.map((each) => (entity ? { ...each, at: `/${entity}/${each.id}` } : each));
}

function drawn(option, id, query) {
  const item = document.createElement("li");
  item.className = "menu__item";
  item.id = id;
  item.setAttribute("role", "option");
  item.setAttribute("aria-selected", "false");
  if (option.at) item.dataset.peekAt = option.at;
  if (option.action) {
    item.classList.add("lookup__act");
    item.textContent = option.label;
    return item;
  }
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
