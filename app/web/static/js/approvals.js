// Deciding in the inbox: the card goes, the next one is at hand, and nothing typed in the others is lost.
import { say } from "./toasts.js";
import { startCounts } from "./counts.js";

export function startApprovals() {
  for (const form of document.querySelectorAll("[data-ask] [data-decide]")) {
    form.addEventListener("submit", (event) => {
      if (document.querySelectorAll("[data-ask]").length === 1) return; // then the page itself comes again, and says so
      event.preventDefault();
      decide(form, event.submitter);
    });
  }
}

async function decide(form, button) {
  const body = new URLSearchParams(new FormData(form, button));
  const buttons = [...form.querySelectorAll("button")];
  for (const each of buttons) each.disabled = true;
  const headers = { Accept: "application/json" };
  const answer = await fetch(form.action, { method: "POST", body, headers, redirect: "error" }).catch(() => null);
  for (const each of buttons) each.disabled = false;
  if (!answer?.headers.get("content-type")?.includes("json")) {
    // Not ours to explain (logged out, not there any more): the page that answers a plain form does.
    const sent = document.createElement("input");
    Object.assign(sent, { type: "hidden", name: button.name, value: button.value });
    form.append(sent);
    return form.submit();
  }
  const found = await answer.json();
  if (!answer.ok) {
    say(found.error, "danger");
    return form.querySelector("textarea").focus();
  }
  say(found.message);
  leave(form.closest("[data-ask]"));
  startCounts();
}

function leave(card) {
  const next = card.nextElementSibling ?? card.previousElementSibling;
  card.remove();
  const count = document.querySelector("[data-asks]");
  if (count) count.textContent = String(Math.max(0, Number(count.textContent) - 1));
  next.querySelector("h2 a, textarea")?.focus();
}
