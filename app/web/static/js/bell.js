// The number at the bell: asked for while the page is looked at, less often while the server does not answer. What is new
// since the last time is said aloud, in one of the windows. A notice that is followed counts as read.
import { startCounts } from "./counts.js";
import { say } from "./toasts.js";

const EVERY = 20000;
const LONGEST = 300000;

export function startBell() {
  const bell = document.querySelector("[data-bell]");
  if (!bell) return;
  const mark = bell.querySelector(".bell__count");
  const title = bell.getAttribute("aria-label");
  const known = `tenon.bell.${document.body.dataset.app ?? ""}`;
  let pause = EVERY;
  let asked = 0;
  let next = 0;

  const later = () => {
    clearTimeout(next);
    if (!document.hidden) next = setTimeout(ask, pause);
  };

  async function ask() {
    asked = Date.now();
    const found = await get(bell.href + "count");
    pause = found ? EVERY : Math.min(pause * 2, LONGEST);
    if (found) {
      mark.hidden = !found.count;
      mark.textContent = found.text;
      bell.setAttribute("aria-label", found.count ? bell.dataset.told.replace("#", found.text) : title);
      await tell(Number(found.newest));
    }
    later();
  }

  async function tell(newest) {
    const last = recall(known);
    if (newest <= (last ?? -1)) return;
    remember(known, newest);
    if (last !== null) startCounts(); // what is told of is often one more of something in the menu
    if (last === null || location.pathname === "/notices/") return;
    const found = await get(`${bell.href}new?after=${last}`);
    for (const each of found?.notices ?? []) say(each.text, "told", each.href);
  }

  document.addEventListener("visibilitychange", () => {
    clearTimeout(next);
    if (!document.hidden) (Date.now() - asked < EVERY ? later : ask)();
  });
  document.addEventListener("click", (event) => {
    const link = event.target.closest("[data-told-of]");
    if (!link) return;
    const token = document.querySelector('input[name="csrf_token"]').value;
    const headers = { "X-CSRF-Token": token, Accept: "application/json" };
    fetch(`${bell.href}${link.dataset.toldOf}/read`, { method: "POST", headers, keepalive: true }).catch(() => null);
  });
  if (document.hidden) return;
  ask();
}

async function get(address) {
  try {
    const answer = await fetch(address, { headers: { Accept: "application/json" }, redirect: "error" });
    return answer.ok ? await answer.json() : null;
  } catch {
    return null;
  }
}

// A browser that keeps nothing says nothing aloud.
function recall(key) {
  try {
    const found = localStorage.getItem(key);
    return found === null ? null : Number(found);
  } catch {
    return null;
  }
}

function remember(key, value) {
  try {
    localStorage.setItem(key, String(value));
  } catch {
    return;
  }
}
