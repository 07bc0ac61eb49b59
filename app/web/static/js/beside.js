// Previous and next: a list notes which of its records was opened, and the record's page asks for what is next to it there.
const KEY = "list-of-record"; // of this tab alone: {list, query, record}

const read = () => {
  try {
    return JSON.parse(sessionStorage.getItem(KEY)) ?? {};
  } catch {
    return {};
  }
};

const write = (from) => {
  try {
    sessionStorage.setItem(KEY, JSON.stringify(from));
  } catch {
    // Without it the page has no neighbours, and all else.
  }
};

export function startBeside() {
  const table = document.querySelector("[data-list][data-base]");
  table?.addEventListener("click", (event) => {
    const record = event.target.closest("a.name")?.closest("tr")?.dataset.id;
    if (record) write({ list: table.dataset.base, query: location.search, record });
  });
  const nav = document.querySelector("[data-beside]");
  const from = read();
  if (nav && from.list === nav.dataset.of && from.record === nav.dataset.record) show(nav, from);
}

async function show(nav, from) {
  let found;
  try {
    const answer = await fetch(`${nav.dataset.beside}${from.query}`, { redirect: "error" });
    if (!answer.ok) return;
    found = await answer.json();
  } catch {
    return;
  }
  for (const link of nav.querySelectorAll("[data-to]")) {
    const to = found[link.dataset.to];
    const words = link.dataset.words.replace("{name}", to?.name ?? "–");
    link.setAttribute("aria-label", words);
    if (to) {
      Object.assign(link, { href: to.href, title: words });
      link.addEventListener("click", (event) => {
        if (!event.ctrlKey && !event.metaKey && !event.shiftKey) write({ ...from, record: to.id });
      });
    } else {
      link.setAttribute("role", "link");
      link.setAttribute("aria-disabled", "true");
    }
  }
  nav.hidden = !found.previous && !found.next;
  // The way back leads to the list as it was asked.
  for (const link of document.querySelectorAll(`.crumbs a[href="${CSS.escape(from.list)}"]`)) link.href = from.list + from.query;
  document.addEventListener("keydown", (event) => {
    const way = { ArrowUp: "previous", ArrowDown: "next" }[event.key];
    if (!way || !event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
    if (event.target.closest("input, textarea, select, [contenteditable], dialog, [role=listbox]")) return;
    const link = nav.querySelector(`[data-to=${way}][href]`);
    if (!link) return;
    event.preventDefault();
    link.click();
  });
}
