// The calendar: an event goes to another time by drag and drop or by Space and arrow keys, a click on a free hour begins a
// new record there. Phones have a dialog for the time. Each move is the save of one field; the server decides.
import { openDialog } from "./dialogs.js";
import { say } from "./toasts.js";

const QUARTER = 15;
const DAY = 24 * 60;
const calendar = document.getElementById("calendar");
const words = document.getElementById("words").dataset;
const said = document.getElementById("calendar-said");
const { start, length } = calendar.dataset;
let held = null; // the event that is dragged or lifted
let grabbed = 0; // how far below its top, in minutes
let aim = null; // where it would go: {day, minutes, long}
const ghost = Object.assign(document.createElement("li"), { ariaHidden: "true" });

// A month that does not fit begins so that today is in sight.
const today = calendar.matches(".cal--month") && calendar.querySelector(".cal__day--today");
if (today) calendar.scrollTop = Math.max(0, today.offsetTop + today.offsetHeight - calendar.clientHeight);

const dayOf = (element) => element.closest("[data-day]");
const write = (day, minutes) =>
  `${day}T${String(Math.floor(minutes / 60)).padStart(2, "0")}:${String(minutes % 60).padStart(2, "0")}`;
const minutesOf = (at) => (at.length > 10 ? Number(at.slice(11, 13)) * 60 + Number(at.slice(14, 16)) : null);
const nextDay = (day, step) => {
  const moved = new Date(`${day}T00:00:00Z`);
  moved.setUTCDate(moved.getUTCDate() + step);
  return moved.toISOString().slice(0, 10);
};
const spoken = ({ day, minutes }) => (minutes === null ? day : write(day, minutes).replace("T", " "));
const of = (event) => ({ day: event.dataset.at.slice(0, 10), minutes: minutesOf(event.dataset.at), long: Number(event.dataset.minutes) });

function minuteAt(time, y) {
  const rows = getComputedStyle(time).gridTemplateRows.split(" ").length;
  const box = time.getBoundingClientRect();
  const row = Math.floor(((y - box.top) / box.height) * rows);
  return Math.min(DAY - QUARTER, Math.max(0, Number(time.dataset.from) * 60 + row * QUARTER));
}

function show(to) {
  aim = to;
  for (const each of calendar.querySelectorAll(".cal__day--target")) each.classList.remove("cal__day--target");
  ghost.remove();
  const day = to && calendar.querySelector(`[data-day="${CSS.escape(to.day)}"]`);
  if (!day) return;
  const time = day.querySelector(".cal__time");
  const row = time && to.minutes !== null ? (to.minutes - Number(time.dataset.from) * 60) / QUARTER : -1;
  if (row < 0) return day.classList.add("cal__day--target");
  ghost.className = `cal__ghost r${Math.floor(row) + 1} h${Math.max(2, Math.round(to.long / QUARTER))}`;
  time.append(ghost);
}

function letGo() {
  held?.classList.remove("ev--lift", "ev--away");
  show(null);
  held = null;
}

calendar.addEventListener("dragstart", (event) => {
  const one = event.target.closest?.(".ev[data-at]");
  if (!one) return;
  letGo();
  held = one;
  const time = one.closest(".cal__time");
  grabbed = time ? Math.max(0, minuteAt(time, event.clientY) - minuteAt(time, one.getBoundingClientRect().top + 2)) : 0;
  one.classList.add("ev--away");
  event.dataTransfer.effectAllowed = "move";
  event.dataTransfer.setData("text/plain", one.dataset.id);
});
calendar.addEventListener("dragover", (event) => {
  const day = held && dayOf(event.target);
  if (!day) return;
  event.preventDefault();
  const time = event.target.closest(".cal__time");
  const now = of(held);
  const minutes = time && now.minutes !== null ? Math.max(0, minuteAt(time, event.clientY) - grabbed) : now.minutes;
  if (aim?.day !== day.dataset.day || aim?.minutes !== minutes) show({ ...now, day: day.dataset.day, minutes });
});
calendar.addEventListener("drop", (event) => {
  if (!held) return;
  event.preventDefault();
  settle();
});
calendar.addEventListener("dragend", letGo);

calendar.addEventListener("keydown", (event) => {
  const one = event.target.closest(".ev[data-at]");
  if (!one || !event.target.closest(".ev__link")) return;
  if (event.key === " ") {
    event.preventDefault();
    if (held) return settle();
    held = one;
    one.classList.add("ev--lift");
    show(of(one));
    said.textContent = words.lifted;
  } else if (held && event.key === "Escape") {
    letGo();
    said.textContent = words.dropped;
  } else if (held && event.key.startsWith("Arrow")) {
    event.preventDefault();
    const [sideways, step] = { ArrowLeft: [true, -1], ArrowRight: [true, 1], ArrowUp: [false, -1], ArrowDown: [false, 1] }[event.key];
    const to = { ...aim };
    if (!event.shiftKey) to.long = of(held).long; // one field is saved: either the time or the length
    if (sideways) to.day = nextDay(to.day, step);
    else if (to.minutes === null) to.day = nextDay(to.day, 7 * step);
    else if (event.shiftKey && length) Object.assign(to, of(held), { long: Math.max(QUARTER, to.long + step * QUARTER) });
    else to.minutes = Math.min(DAY - QUARTER, Math.max(0, to.minutes + step * QUARTER));
    show(to);
    said.textContent = to.long === of(held).long ? words.over.replace("{to}", spoken(to)) : words.length.replace("{to}", to.long);
  }
});
calendar.addEventListener("focusout", () => {
  if (held?.classList.contains("ev--lift")) letGo();
});

// The lower edge of an event is pulled to another length.
calendar.addEventListener("pointerdown", (event) => {
  const grip = event.target.closest(".ev__grip");
  if (!grip) return;
  event.preventDefault();
  held = grip.closest(".ev");
  grip.setPointerCapture(event.pointerId);
  const now = of(held);
  const time = held.closest(".cal__time");
  grip.onpointermove = (moved) => {
    show({ ...now, long: Math.max(QUARTER, minuteAt(time, moved.clientY) + QUARTER - now.minutes) });
  };
  grip.onpointerup = () => {
    grip.onpointermove = grip.onpointerup = null;
    settle();
  };
});

// A free hour is a link to the form for a record that begins there.
calendar.addEventListener("click", (event) => {
  const time = event.target.closest(".cal__time");
  const link = time && !event.target.closest(".ev") && dayOf(time).querySelector(".cal__new");
  if (!link) return;
  const address = new URL(link.href);
  const minutes = minuteAt(time, event.clientY);
  address.searchParams.set(start, write(dayOf(time).dataset.day, minutes - (minutes % 30)));
  location.assign(address);
});

// Where nothing can be dragged, on a phone, the time is typed.
const dialog = document.getElementById("move");
calendar.addEventListener("click", (event) => {
  const one = event.target.closest("[data-move]")?.closest(".ev");
  if (!one) return;
  const typed = dialog.querySelector("input:not([type=hidden])");
  dialog.querySelector("[data-move-name]").textContent = one.querySelector(".ev__name").textContent;
  typed.value = one.dataset.at;
  dialog.querySelector("form").onsubmit = async (submitted) => {
    submitted.preventDefault();
    dialog.close();
    if (typed.value === one.dataset.at) return;
    const done = words.moved.replace("{to}", typed.value.replace("T", " "));
    if (await save(one, start, typed.value, done)) say(done);
  };
  openDialog(dialog, event.target.closest("[data-move]"));
});

function settle() {
  const [one, to] = [held, aim];
  letGo();
  if (!to) return;
  const was = of(one);
  if (to.day !== was.day || to.minutes !== was.minutes) {
    save(one, start, to.minutes === null ? to.day : write(to.day, to.minutes), words.moved.replace("{to}", spoken(to)));
  } else if (to.long !== was.long) save(one, length, `${to.long} min`, words.length.replace("{to}", to.long));
  else said.textContent = words.dropped;
}

async function save(one, field, value, done) {
  const { id } = one.dataset;
  one.classList.add("ev--away");
  const body = new URLSearchParams({ [field]: value, version: one.dataset.version });
  const address = `${calendar.dataset.calendar}${id}/cell?field=${encodeURIComponent(field)}`;
  const headers = { "X-CSRF-Token": words.csrf };
  const answer = await fetch(address, { method: "POST", body, headers, redirect: "error" }).catch(() => null);
  one.classList.remove("ev--away");
  if (!answer?.headers.get("content-type")?.includes("json")) {
    say(answer ? words.refused : words.offline, "danger");
    return false;
  }
  const found = await answer.json();
  if (!answer.ok) {
    one.querySelector(".ev__link").focus();
    say(`${words.stays.replace("{name}", one.querySelector(".ev__name").textContent)} ${found.error}`, "danger");
    return false;
  }
  said.textContent = done;
  await renew(id);
  return true;
}

// How events lie beside each other, and what the save has changed besides, comes from the server.
async function renew(id) {
  const answer = await fetch(location.href, { redirect: "error" }).catch(() => null);
  if (!answer?.ok) return location.reload();
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const top = calendar.scrollTop;
  calendar.replaceChildren(...page.getElementById("calendar").childNodes);
  calendar.scrollTop = top;
  calendar.querySelector(`.ev[data-id="${CSS.escape(id)}"] .ev__link`)?.focus();
}
