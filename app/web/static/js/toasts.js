// Short notices at the foot of the page. One of success goes by itself, one of refusal stays until it is closed.

const LONG_ENOUGH = 6000;
const CARRIED = "said";

export function startToasts() {
  const place = document.getElementById("toasts");
  if (!place) return;
  place.addEventListener("click", (event) => {
    if (event.target.closest("[data-toast-close]")) event.target.closest(".toast").remove();
  });
  for (const toast of place.querySelectorAll(".toast:not(.toast--danger)")) later(toast);
  try {
    const { message, href } = JSON.parse(sessionStorage.getItem(CARRIED)) ?? {};
    sessionStorage.removeItem(CARRIED);
    if (message) say(message, "done", href);
  } catch {
    // nothing was carried
  }
}

// For a page that is drawn anew: said once it is there.
export function carry(message, href) {
  try {
    sessionStorage.setItem(CARRIED, JSON.stringify({ message, href }));
  } catch {
    // it is saved without a word
  }
}

export function say(message, tone = "done", href = "") {
  const place = document.getElementById("toasts");
  const toast = document.createElement("div");
  toast.className = tone === "danger" ? "toast toast--danger" : "toast";
  const sprite = document.querySelector(".icon use")?.getAttribute("href").split("#")[0] ?? "";
  const icon = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  icon.setAttribute("class", "icon");
  icon.setAttribute("aria-hidden", "true");
  const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
  use.setAttribute("href", `${sprite}#${{ danger: "alert", told: "bell" }[tone] ?? "check"}`);
  icon.append(use);
  const text = document.createElement("p");
  if (href) {
    const link = document.createElement("a");
    link.href = href;
    link.textContent = message;
    text.append(link);
  } else text.textContent = message;
  toast.append(icon, text);
  place.append(toast);
  later(toast);
  return toast;
}

function later(toast) {
  setTimeout(() => toast.remove(), LONG_ENOUGH);
}
