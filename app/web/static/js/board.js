// The board: a card goes to another column by drag and drop, by Space and arrow keys, or by a dialog. The server decides.
import { openDialog } from "./dialogs.js";
import { say } from "./toasts.js";

export function startBoard() {
  const board = document.querySelector("[data-board][data-movable]");
  if (!board) return;
  const words = document.getElementById("words").dataset;
  const dialog = document.getElementById("move");
  const said = document.getElementById("board-said");
  let held = null; // the card that is dragged, or lifted by Space
  let target = null; // the column that it would go to

  const columns = () => [...board.querySelectorAll("[data-value]")];
  const columnOf = (card) => card.closest("[data-value]");
  const nameOf = (column) => column.dataset.label;
  const aim = (column) => {
    target?.classList.remove("col--target");
    target = column;
    target?.classList.add("col--target");
  };
  const letGo = () => {
    held?.classList.remove("deal--lift", "deal--away");
    aim(null);
    held = null;
  };

  board.addEventListener("dragstart", (event) => {
    const card = event.target.closest?.(".deal");
    if (!card) return;
    letGo();
    held = card;
    card.classList.add("deal--away");
    event.dataTransfer.effectAllowed = "move";
    event.dataTransfer.setData("text/plain", card.dataset.id);
  });
  board.addEventListener("dragover", (event) => {
    const column = held && event.target.closest("[data-value]");
    if (!column) return;
    event.preventDefault();
    if (column !== target) aim(column === columnOf(held) ? null : column);
  });
  board.addEventListener("drop", (event) => {
    if (!held) return;
    event.preventDefault();
    const [card, column] = [held, target];
    letGo();
    if (column) move(card, column.dataset);
  });
  board.addEventListener("dragend", letGo);

  board.addEventListener("keydown", (event) => {
    const card = event.target.closest(".deal");
    const onButton = event.target.closest("[data-move]");
    if (!card || !onButton) return;
    if (event.key === " ") {
      event.preventDefault();
      if (!held) {
        held = card;
        card.classList.add("deal--lift");
        said.textContent = words.lifted;
        return;
      }
      const column = target;
      letGo();
      if (column) move(card, column.dataset);
      else said.textContent = words.dropped;
    } else if (held && event.key === "Escape") {
      letGo();
      said.textContent = words.dropped;
    } else if (held && ["ArrowLeft", "ArrowRight"].includes(event.key)) {
      event.preventDefault();
      const every = columns();
      const place = every.indexOf(target ?? columnOf(card)) + (event.key === "ArrowLeft" ? -1 : 1);
      if (!every[place]) return;
      aim(every[place] === columnOf(card) ? null : every[place]);
      every[place].scrollIntoView({ block: "nearest", inline: "nearest" });
      said.textContent = words.over.replace("{to}", nameOf(every[place]));
    }
  });
  board.addEventListener("keyup", (event) => {
    // Space has lifted or put down: its click would open the dialog.
    if (event.key === " " && event.target.closest("[data-move]")) event.preventDefault();
  });
  board.addEventListener("focusout", () => {
    if (held?.classList.contains("deal--lift")) letGo();
  });
  board.addEventListener("click", (event) => {
    const button = event.target.closest("[data-move]");
    if (!button) return;
    const card = button.closest(".deal");
    dialog.querySelector("[data-move-name]").textContent = card.querySelector(".deal__name").textContent;
    dialog.querySelector("select").value = columnOf(card).dataset.value;
    dialog.querySelector("form").onsubmit = (submitted) => {
      submitted.preventDefault();
      const value = dialog.querySelector("select").value;
      dialog.close();
      const label = dialog.querySelector("option:checked").textContent;
      if (value !== columnOf(card).dataset.value) move(card, { value, label });
    };
    openDialog(dialog, button);
  });

  async function move(card, { value: to, label }) {
    const { by } = board.dataset;
    const { id } = card.dataset;
    card.classList.add("deal--away");
    const body = new URLSearchParams({ [by]: to, version: card.dataset.version });
    const address = `${board.dataset.board}${id}/cell?field=${encodeURIComponent(by)}`;
    const headers = { "X-CSRF-Token": words.csrf };
    const answer = await fetch(address, { method: "POST", body, headers, redirect: "error" }).catch(() => null);
    card.classList.remove("deal--away");
    if (!answer?.headers.get("content-type")?.includes("json")) return tell(answer ? words.refused : words.offline);
    const found = await answer.json();
    if (!answer.ok) return tell(stays(card, label) + found.error, found.ask ? { href: found.ask, text: found.action } : offer(answer, card, to));
    said.textContent = words.moved.replace("{to}", label);
    await renew(id);
  }

  function stays(card, label) {
    const name = card.querySelector(".deal__name").textContent;
    return `${words.stays.replace("{name}", name).replace("{to}", label)} `;
  }

  // What a stage asks for is filled in on the record's page, below its path.
  function offer(answer, card, to) {
    if (answer.status !== 422 || !("stage" in board.dataset)) return null;
    return { text: words.fill, act: () => fillIn(card, to) };
  }

  function fillIn(card, to) {
    const form = document.getElementById("board-form");
    form.action = `${board.dataset.board}${card.dataset.id}/stage`;
    for (const [name, value] of Object.entries({ field: board.dataset.by, to, version: card.dataset.version })) {
      form.append(Object.assign(document.createElement("input"), { type: "hidden", name, value }));
    }
    form.submit();
  }

  // Counts, sums, and what the move has changed besides come from the server.
  async function renew(id) {
    const answer = await fetch(location.href, { redirect: "error" }).catch(() => null);
    if (!answer?.ok) return location.reload();
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const left = board.scrollLeft;
    board.replaceChildren(...page.getElementById("board").childNodes);
    document.getElementById("board-total").textContent = page.getElementById("board-total").textContent;
    board.scrollLeft = left;
    board.querySelector(`.deal[data-id="${CSS.escape(id)}"] [data-move]`)?.focus();
  }

  function tell(message, action = null) {
    const toast = say(message, "danger");
    if (!action) return;
    const button = document.createElement(action.href ? "a" : "button");
    button.className = "btn btn--s";
    button.textContent = action.text;
    if (action.href) button.href = action.href;
    else Object.assign(button, { type: "button", onclick: action.act });
    toast.append(button);
  }
}
