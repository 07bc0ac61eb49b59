// Numbers beside entries of the menu, and at the foot of a list: asked for once the page stands, which is whole without them.

export function startCounts() {
  for (const place of document.querySelectorAll("[data-count]")) ask(place);
  for (const place of document.querySelectorAll("[data-totals]")) addUp(place);
}

// What the figures of a list amount to: its rows are there without it.
async function addUp(place) {
  const answer = await fetch(place.dataset.totals, { redirect: "error" }).catch(() => null);
  const { totals, said } = answer?.ok ? await answer.json() : { totals: [] };
  if (said) place.append(Object.assign(document.createElement("span"), { className: "muted", textContent: said }));
  for (const { label, text } of totals) {
    const line = place.querySelector("dl").appendChild(document.createElement("div"));
    line.appendChild(document.createElement("dt")).textContent = label;
    line.appendChild(document.createElement("dd")).textContent = text;
  }
}

async function ask(place) {
  try {
    const answer = await fetch(place.dataset.count, { headers: { Accept: "application/json" } });
    if (!answer.ok) return;
    const { text } = await answer.json();
    place.textContent = text === "0" ? "" : text;
  } catch {
    place.textContent = "";
  }
}
