// The cards of the start page: each is fetched once the page stands; they are put in order by drag, or by their buttons.
export function startCards() {
  const cards = document.querySelector("[data-cards]");
  if (!cards) return;
  for (const card of cards.children) load(cards, card);
  startArranging(cards);
}

async function load(cards, card) {
  const place = card.querySelector("article");
  const answer = await fetch(`/dashboards/${cards.dataset.cards}/${card.dataset.card}`, { redirect: "error" }).catch(() => null);
  if (answer?.ok && answer.headers.get("content-type")?.startsWith("text/html")) {
    place.innerHTML = await answer.text(); // made and escaped by the server's templates
    return;
  }
  const said = document.createElement("p");
  said.textContent = cards.dataset.failed;
  const again = document.createElement("button");
  again.type = "button";
  again.className = "btn btn--s";
  again.textContent = cards.dataset.again;
  again.addEventListener("click", () => load(cards, card));
  const box = document.createElement("div");
  box.className = "card__body";
  box.append(said, again);
  place.querySelector(".card__wait, .card__body")?.replaceWith(box);
}

function startArranging(cards) {
  const button = document.querySelector("[data-arrange]");
  if (!button) return;
  const said = document.getElementById("cards-said");
  const reset = document.querySelector("[data-arrange-reset]");
  const name = button.querySelector("span");
  const words = [name.textContent, button.dataset.done];
  let held = null;

  button.addEventListener("click", () => {
    const on = cards.classList.toggle("cards--arranged");
    button.setAttribute("aria-pressed", String(on));
    name.textContent = words[Number(on)];
    for (const card of cards.children) card.draggable = on;
  });
  reset.addEventListener("click", async () => {
    if (await keep(cards, "")) location.reload();
  });
  cards.addEventListener("click", (event) => {
    const by = event.target.closest("[data-by]");
    if (!by) return;
    const card = by.closest("[data-card]");
    const other = by.dataset.by === "1" ? card.nextElementSibling : card.previousElementSibling;
    if (!other) return;
    if (by.dataset.by === "1") other.after(card);
    else other.before(card);
    by.focus();
    moved(card);
  });
  cards.addEventListener("dragstart", (event) => {
    if (!cards.classList.contains("cards--arranged")) return;
    held = event.target.closest("[data-card]");
    held?.classList.add("away");
    event.dataTransfer.effectAllowed = "move";
    event.dataTransfer.setData("text/plain", held?.dataset.card ?? "");
  });
  cards.addEventListener("dragover", (event) => {
    const over = held && event.target.closest("[data-card]");
    if (!over) return;
    event.preventDefault();
    if (over === held) return;
    const every = [...cards.children];
    if (every.indexOf(over) > every.indexOf(held)) over.after(held);
    else over.before(held);
  });
  cards.addEventListener("drop", (event) => event.preventDefault());
  cards.addEventListener("dragend", () => {
    held?.classList.remove("away");
    if (held) moved(held);
    held = null;
  });

  function moved(card) {
    const every = [...cards.children];
    const place = every.indexOf(card) + 1;
    said.textContent = cards.dataset.moved.replace("#what", card.dataset.label).replace("#place", place).replace("#count", every.length);
    reset.hidden = false;
    keep(cards, every.map((each) => each.dataset.card).join(","));
  }
}

let before = Promise.resolve();

// One after the other: the last order is the one that is kept, whichever request is the slower.
function keep(cards, order) {
  before = before.then(() => send(cards, order));
  return before;
}

async function send(cards, order) {
  const token = document.querySelector('input[name="csrf_token"]').value;
  const body = new URLSearchParams({ order });
  const address = `/dashboards/${cards.dataset.cards}/arrange`;
  const answer = await fetch(address, { method: "POST", body, headers: { "X-CSRF-Token": token }, redirect: "error" }).catch(() => null);
  return answer?.ok ?? false;
}
