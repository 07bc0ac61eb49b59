// A small card about the record that a link leads to, or that a lookup offers: for a mouse that rests on it, and for keys. It is
// words alone, describes what it stands beside, and goes with Escape. Nothing of it moves the page.
const REST = 450; // milliseconds
const GRACE = 150; // on the way from the link to the card
const FRESH = 60_000; // so long an answer is shown again
const GAP = 6; // pixels between a link and its card

export function startPeeks() {
  const known = new Set((document.body.dataset.peek ?? "").split(" "));
  if (!document.body.dataset.peek) return;
  const answers = new Map(); // address: {at, card}
  const card = Object.assign(document.createElement("div"), { className: "peek", id: "peek", hidden: true });
  card.setAttribute("role", "tooltip");
  let at = null; // what the card stands beside, or will
  let timer = 0;

  const addressOf = (place) => {
    const path = place.dataset.peekAt ?? (place.search || place.hash || place.origin !== location.origin ? "" : place.pathname);
    return /^\/\w+\/\d+$/.test(path) && known.has(path.split("/")[1]) && path !== location.pathname ? path : "";
  };
  const placeOf = (target) => target.closest?.("main a[href], dialog a[href], [data-peek-at]");
  const hide = () => {
    clearTimeout(timer);
    if (!card.hidden && at?.getAttribute("aria-describedby") === "peek") at.removeAttribute("aria-describedby");
    card.hidden = true;
    at = null;
  };
  const soon = (place) => {
    if (place === at) return clearTimeout(card.hidden ? 0 : timer); // back from the card
    hide();
    if (!addressOf(place) || place.getAttribute("aria-describedby")) return;
    at = place;
    timer = setTimeout(() => show(place), REST);
  };
  const leave = () => {
    clearTimeout(timer);
    timer = setTimeout(hide, card.hidden ? 0 : GRACE);
  };

  async function show(place) {
    const address = addressOf(place);
    let found = answers.get(address);
    if (!found || Date.now() - found.at > FRESH) {
      const answer = await fetch(`${address}/peek`, { redirect: "error" }).catch(() => null);
      if (!answer?.ok) return;
      found = { at: Date.now(), card: await answer.text() };
      answers.set(address, found);
    }
    if (place !== at || !place.isConnected) return; // one went on
    card.replaceChildren(...new DOMParser().parseFromString(found.card, "text/html").body.childNodes);
    place.closest("dialog[open], main").append(card); // above a dialog nothing else stands
    place.removeAttribute("title"); // the browser's own would lie over it
    if (!place.hasAttribute("role")) place.setAttribute("aria-describedby", "peek");
    card.hidden = false;
    const [link, own] = [place.getBoundingClientRect(), card.getBoundingClientRect()];
    // An option is one of many: beside the list, not on the next one.
    const aside = place.matches("[role=option]");
    const fits = aside ? link.right + 2 * GAP + own.width < innerWidth : link.bottom + GAP + own.height < innerHeight;
    const left = aside ? (fits ? link.right + 2 * GAP : link.left - 2 * GAP - own.width) : link.left;
    const top = aside ? link.top : fits ? link.bottom + GAP : link.top - GAP - own.height;
    card.style.left = `${Math.max(GAP, Math.min(left, innerWidth - own.width - GAP))}px`;
    card.style.top = `${Math.max(GAP, Math.min(top, innerHeight - own.height - GAP))}px`;
  }

  document.addEventListener("pointerover", (event) => {
    if (event.pointerType !== "mouse") return; // a finger that rests has a menu of its own
    if (card.contains(event.target)) return clearTimeout(timer);
    const place = placeOf(event.target);
    if (place) soon(place);
    else if (at && !at.matches(":focus-visible, [aria-selected=true]")) leave();
  });
  document.addEventListener("focusin", ({ target }) => {
    if (target.matches("a[href]:focus-visible") && placeOf(target)) soon(target);
    else hide();
  });
  document.addEventListener("marked", ({ detail }) => (detail ? soon(detail) : hide())); // by arrow keys, in a lookup
  document.addEventListener("pointerdown", hide, true);
  document.addEventListener("scroll", hide, { capture: true, passive: true });
  document.addEventListener(
    "keydown",
    (event) => {
      if (card.hidden || event.key !== "Escape") return;
      hide();
      event.preventDefault();
      event.stopImmediatePropagation();
    },
    true,
  );
}
