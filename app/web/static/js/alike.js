// Records that look like a new one, beside the fields that they have in common, while it is typed. The save asks the same.

const PAUSE = 500;

export function startAlike(form) {
  if (!form.dataset.alike) return;
  const plan = JSON.parse(form.dataset.alike);
  const said = form.querySelector("[data-alike-said]");
  const drawn = form.querySelector("[data-alike-hint]").content.firstElementChild;
  const compared = new Set(plan.rules.flat());
  let timer = 0;
  let waiting = null;
  let touched = ""; // the field that was typed in last
  let asked = ""; // for what was asked

  const body = () => new URLSearchParams([...new FormData(form)].filter(([, value]) => typeof value === "string"));
  const keyOf = (name) => name.split(/[:.]/)[0]; // of a text in several languages, and of one that is typed in parts
  // Only where a rule has all that it compares there is something to find.
  const filled = (typed) => {
    const there = new Set([...typed].filter(([name, value]) => value.trim() && !/:(was|shown)$/.test(name)).map(([name]) => keyOf(name)));
    return plan.rules.some((rule) => rule.every((key) => there.has(key)));
  };
  const ask = async () => {
    const typed = body();
    const wanted = filled(typed) ? JSON.stringify([...typed].filter(([name]) => plan.wide || compared.has(keyOf(name)))) : "";
    if (wanted === asked) return;
    asked = wanted;
    waiting?.abort();
    if (!wanted) return show([]);
    const mine = (waiting = new AbortController());
    const answer = await fetch(plan.ask, { method: "POST", body: typed, redirect: "error", signal: mine.signal }).catch(() => null);
    if (mine !== waiting) return;
    if (answer?.ok) show((await answer.json()).hints);
    else asked = ""; // the next change asks again
  };
  const soon = () => {
    clearTimeout(timer);
    timer = setTimeout(ask, PAUSE);
  };

  const placeOf = (fields) => {
    const there = [...form.querySelectorAll(".field[data-name]")].filter((each) => each.checkVisibility());
    const of = (key) => there.find((each) => keyOf(each.dataset.name) === key);
    return (fields.includes(touched) && of(touched)) || fields.map(of).find(Boolean) || there[0];
  };
  const show = (hints) => {
    const words = hints.map(({ text, records }) => `${text} ${records.map((each) => each.label).join(", ")}`).join(" ");
    const now = hints.map(drawnHint);
    if (said.textContent !== words) said.textContent = words;
    for (const each of form.querySelectorAll(".hint")) each.remove();
    now.forEach((hint, index) => placeOf(hints[index].fields)?.append(hint));
  };
  const drawnHint = ({ text, records }) => {
    const hint = drawn.cloneNode(true);
    hint.querySelector("p").textContent = text;
    for (const { label, href } of records) {
      const link = Object.assign(document.createElement("a"), { href, target: "_blank", rel: "noopener", textContent: label });
      hint.querySelector("ul").appendChild(document.createElement("li")).append(link);
    }
    return hint;
  };

  form.addEventListener("input", (event) => {
    const key = keyOf(event.target.name ?? "");
    if (compared.has(key)) touched = key;
    if (compared.has(key) || plan.wide || event.target === form) soon();
  });
  form.addEventListener("change", (event) => (plan.wide || compared.has(keyOf(event.target.name ?? ""))) && soon());
  if (!("answered" in form.dataset)) soon();
}
