// Numbers beside entries of the menu: asked for once the page stands. The menu stands without them, too.

export function startCounts() {
  for (const place of document.querySelectorAll("[data-count]")) ask(place);
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
