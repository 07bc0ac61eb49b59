// Menus that open from a <details>, the drawer of the phone, and the key for the search.

export function startDrops() {
  const drops = () => document.querySelectorAll("details[data-drop][open]");
  document.addEventListener("click", (event) => {
    for (const drop of drops()) if (!drop.contains(event.target)) drop.open = false;
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && !event.defaultPrevented) {
      for (const drop of drops()) {
        drop.open = false;
        drop.querySelector("summary").focus();
      }
    }
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
      const find = document.getElementById("find");
      event.preventDefault();
      if (find?.checkVisibility()) {
        find.focus();
        find.dispatchEvent(new CustomEvent("summoned"));
      } else location.assign("/search/");
    }
  });
  // Only one menu at a time; what it holds moves into view at the edge of the window.
  document.addEventListener("toggle", (event) => {
    const drop = event.target;
    if (!(drop instanceof HTMLDetailsElement) || !drop.matches("[data-drop]") || !drop.open) return;
    for (const other of drops()) if (other !== drop && !other.contains(drop)) other.open = false;
    const menu = drop.querySelector(".drop__menu");
    menu?.classList.remove("drop__menu--flip");
    if (menu && menu.getBoundingClientRect().right > innerWidth - 8) menu.classList.add("drop__menu--flip");
  }, true);
}

// In a long menu the page that is open is seen, with what stands beside it.
function showCurrent(side) {
  const current = side.querySelector("[aria-current]");
  if (!current) return;
  const place = current.getBoundingClientRect();
  const box = side.getBoundingClientRect();
  if (place.top < box.top || place.bottom > box.bottom) {
    side.scrollTop += place.top - box.top - (box.height - place.height) / 2;
  }
}

export function startDrawer() {
  const side = document.getElementById("nav");
  if (!side) return;
  showCurrent(side);
  let opener = null;
  const set = (open) => {
    document.body.classList.toggle("is-nav-open", open);
    if (open) {
      side.querySelector("a, button").focus();
      showCurrent(side);
    } else opener?.focus();
  };
  document.addEventListener("click", (event) => {
    const open = event.target.closest("[data-nav-open]");
    if (open) {
      opener = open;
      set(true);
    } else if (event.target.closest("[data-nav-close]")) set(false);
  });
  document.addEventListener("keydown", (event) => {
    if (!document.body.classList.contains("is-nav-open")) return;
    if (event.key === "Escape") set(false);
    if (event.key !== "Tab") return;
    const inside = [...side.querySelectorAll("a, button")].filter((each) => each.offsetParent);
    const edge = event.shiftKey ? inside[0] : inside.at(-1);
    if (document.activeElement === edge) {
      event.preventDefault();
      (event.shiftKey ? inside.at(-1) : inside[0]).focus();
    }
  });
}
