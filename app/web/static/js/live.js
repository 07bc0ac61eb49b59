// A form that answers while one types: what is shown, required, offered and worked out follows from what stands in it.
// The page says by which expressions (see pages/live.py); what the browser may not know, or can't work out, the server is
// asked for, which says outcomes only. Without any of this the save would refuse the same.
import { compile, instant, surroundings } from "./expression.js";
import { setField } from "./field.js";

const PAUSE = 300;
const UNCHANGING = new Set(["visible", "section", "required", "option"]); // kinds that say the same as long as their value is
const MOST_STEPS = 2000; // a configuration in which two fields clear each other must not stop the page

/* `block` is the template that holds what the page says, `said` what is read aloud; of a form without either nothing follows. */
export function startLive(form, block, said) {
  if (!block) return;
  const plan = JSON.parse(block.content.textContent);
  const began = performance.now();
  const around = () => surroundings({ ...plan.context, now: new Date(plan.context.now + performance.now() - began).toISOString() });
  const asking = asker(form, plan, (answer) => scopes().forEach((scope) => scope.answer(answer)));
  const shared = { form, plan, around, ask: asking, tell: (text) => (said.textContent = text) };
  const own = scopeOf(shared, plan, { prefix: "", find: finderOf(form), facts: plan });
  const ofLines = new Map();
  const lineScopes = () => {
    const found = [];
    for (const box of form.querySelectorAll("[data-lines]")) {
      const of = plan.lines?.[box.dataset.lines];
      if (!of) continue;
      for (const row of box.querySelectorAll("[data-line]")) {
        const token = row.dataset.line;
        if (!ofLines.has(row)) {
          const prefix = `${box.dataset.lines}.${token}.`;
          const find = (key) => [...row.querySelectorAll(`td[data-name="${prefix}${key}"]`)];
          ofLines.set(row, scopeOf(shared, of, { prefix, token, lines: box.dataset.lines, find, facts: of.facts }));
          ofLines.get(row).begin();
        }
        found.push(ofLines.get(row));
      }
    }
    return found;
  };
  const scopes = () => [...lineScopes(), own];

  own.begin();
  scopes();
  form.addEventListener("input", (event) => {
    if (event.target === form) {
      for (const scope of scopes()) scope.refresh();
      own.changed(Object.keys(plan.lines ?? {}));
      return;
    }
    const row = event.target.closest("[data-line]");
    const name = (event.target.name ?? "").split(":")[0];
    if (!row) return own.typed(name);
    const [box, , key] = name.split(".");
    lineScopes();
    if (key) ofLines.get(row)?.typed(key); // the box in which one searches has no name
    own.changed([box]);
  });
  form.addEventListener("change", (event) => event.target.type === "checkbox" && own.refresh());
}

const controlOf = (form, name) => {
  const found = form.elements.namedItem(name);
  return found instanceof RadioNodeList ? found[found.length - 1] : found;
};

// Where a field stands in the form: a text in several languages in several places.
function finderOf(form) {
  const found = new Map();
  for (const place of form.querySelectorAll(".field[data-name]")) {
    const key = place.dataset.name.split(":")[0];
    found.set(key, [...(found.get(key) ?? []), place]);
  }
  return (key) => found.get(key) ?? [];
}

// One set of fields with its expressions: the form's own, or those of a line.
function scopeOf(shared, plan, at) {
  const { form } = shared;
  const row = { ...at.facts.facts };
  const old = at.facts.old;
  const unknown = new Set(); // lookups behind which the browser knows nothing
  const touched = new Set();
  const refused = new Map();
  const reasons = new Map(); // why a field is required: a condition, the stage
  const kept = new Map(); // what was chosen where it is not offered any more
  const rules = plan.rules.map((rule) => ({ ...rule, evaluate: rule.e ? compile(rule.e) : null }));
  const asking = new Map(); // the rules that read a field
  for (const rule of rules) for (const key of rule.r) asking.set(key, [...(asking.get(key) ?? []), rule]);
  const waiting = new Set();
  let starting = true;
  let stale = false; // whether sections are to be looked at
  let news = [];

  const readers = Object.fromEntries(Object.entries(plan.inputs).map(([key, tag]) => [key, readerOf(tag, shared.plan)]));
  const read = (key) => {
    const text = textOf(form, at.prefix + key);
    const was = form.elements.namedItem(`${at.prefix + key}:was`);
    return was && was.value === text && key in at.facts.facts ? at.facts.facts[key] : readers[key](text);
  };
  const take = (key) => {
    if (!(key in plan.inputs) || !form.elements.namedItem(at.prefix + key)) return false;
    const value = read(key);
    if (JSON.stringify(value) === JSON.stringify(row[key] ?? null)) return false;
    row[key] = value;
    follow(key);
    return true;
  };
  // Behind a lookup that was changed only the server knows what there is; behind none there is nothing.
  const follow = (key) => {
    const way = plan.paths?.[key];
    if (!way) return;
    const known = at.facts.ways?.[key] ?? {};
    const chosen = row[key] ?? null;
    const here = chosen !== null && chosen === known.at;
    if (chosen === null || here) unknown.delete(key);
    else unknown.add(key);
    for (const path of way) row[path] = here ? known.values[path] : null;
  };
  const wake = (key) => {
    for (const rule of asking.get(key) ?? []) {
      waiting.delete(rule);
      waiting.add(rule);
    }
  };
  const mustAsk = (rule) => !rule.e || rule.w?.some((key) => unknown.has(key));

  const run = (asks = true) => {
    const context = waiting.size ? shared.around() : null;
    let steps = 0;
    for (const rule of waiting) {
      waiting.delete(rule);
      if (++steps > MOST_STEPS) break;
      if (mustAsk(rule)) {
        if (asks && !starting) shared.ask();
      } else act(rule, rule.evaluate(row, old, context));
    }
    waiting.clear();
    if (stale) drawSections(form);
    stale = false;
    if (news.length && !starting) shared.tell(news.join(" "));
    news = [];
  };

  const done = new Map(); // what rules said last: nothing is drawn twice
  const act = (rule, value) => {
    if (UNCHANGING.has(rule.k)) {
      if (done.get(rule) === value) return;
      done.set(rule, value);
    }
    ACTS[rule.k](rule, value);
  };
  const put = (key, value) => {
    if (JSON.stringify(value) === JSON.stringify(row[key] ?? null)) return;
    row[key] = value;
    follow(key);
    wake(key);
  };
  const empty = (key) => {
    const control = controlOf(form, at.prefix + key);
    if (control) setField(control, "", "");
    put(key, null);
  };
  const ACTS = {
    visible: (rule, value) => {
      for (const place of at.find(rule.f)) {
        if (at.prefix) place.toggleAttribute("data-off", !value); // its column stays
        else {
          if (place.hidden && value) news.push(told(shared.plan.words.shown, labelOf(place)));
          place.hidden = !value;
        }
      }
      if (!value && rule.c && !starting && textOf(form, at.prefix + rule.f)) empty(rule.f);
      stale = !at.prefix;
    },
    section: (rule, value) => {
      const section = form.querySelector(`#s-${rule.f}, #q-s-${rule.f}`); // of a form in a drawer the second
      if (section) section.dataset.off = value ? "" : "off";
      stale = true;
    },
    required: (rule, value) => {
      const why = reasons.get(rule.f) ?? new Set();
      reasons.set(rule.f, value ? why.add(rule) : (why.delete(rule), why));
      const [place] = at.find(rule.f); // of a text in several languages the first
      if (place && mark(place, why.size > 0, !at.prefix)) news.push(told(shared.plan.words.required, labelOf(place)));
    },
    stage: (rule, to) => {
      const asked = new Set(Object.values(rule.t).flat());
      for (const key of asked) ACTS.required(stageRule(rule, key), Boolean(rule.t[to]?.includes(key)));
    },
    option: (rule, value) => {
      const off = refused.get(rule.f) ?? new Set();
      refused.set(rule.f, value ? (off.delete(rule.o), off) : off.add(rule.o));
      offer(rule.f);
    },
    tree: (rule, above) => {
      refused.set(`${rule.f} `, new Set(Object.keys(rule.t).filter((option) => rule.t[option] === null || rule.t[option] !== above)));
      offer(rule.f);
    },
    value: (rule, value) => {
      put(rule.f, value);
      for (const place of at.find(rule.f)) {
        const control = place.querySelector("input[readonly]");
        if (control) control.value = shownAs(rule.s, value);
      }
    },
    default: (rule, value) => {
      if (touched.has(rule.f)) return;
      const control = controlOf(form, at.prefix + rule.f);
      if (!control || (starting && textOf(form, at.prefix + rule.f))) return;
      setField(control, value === true ? "true" : value || "", "");
      put(rule.f, read(rule.f));
    },
  };
  const stages = new Map();
  const stageRule = (rule, key) => stages.get(key) ?? (stages.set(key, { ...rule, f: key }), stages.get(key));
  const offer = (key) => {
    const off = new Set([...(refused.get(key) ?? []), ...(refused.get(`${key} `) ?? [])]);
    const control = controlOf(form, at.prefix + key);
    for (const place of at.find(key)) {
      for (const choice of place.querySelectorAll("[data-choice]")) choice.toggleAttribute("data-off", off.has(choice.dataset.choice));
    }
    if (control?.tagName !== "SELECT") return;
    if (!starting && control.value && off.has(control.value)) {
      kept.set(key, control.value);
      control.value = "";
      put(key, null);
    } else if (!control.value && kept.has(key) && !off.has(kept.get(key))) {
      control.value = kept.get(key);
      kept.delete(key);
      put(key, read(key));
    }
    for (const option of control.options) option.hidden = option.disabled = off.has(option.value) && !option.selected;
  };
  const changed = (keys) => {
    keys.forEach(wake);
    run();
  };

  return {
    begin() {
      for (const key of Object.keys(plan.paths ?? {})) follow(key);
      for (const key of Object.keys(plan.inputs)) if (take(key)) wake(key);
      // A default follows what it is made of as long as nobody has put something else in its place.
      for (const { k, f } of rules) if (k === "default" && textOf(form, at.prefix + f) !== (plan.defaults[f] ?? "")) touched.add(f);
      for (const rule of rules) if (rule.k !== "value" || "answered" in form.dataset || !old) waiting.add(rule);
      run(false);
      starting = false;
      // The server has drawn what it was told; what was typed before the page was left is known here alone.
      if (rules.some(mustAsk) && form.dataset.refilled) shared.ask();
    },
    typed(key) {
      touched.add(key);
      kept.delete(key);
      const own = plan.inputs[key] ? key : key.split(".")[0];
      if (take(own) || !(own in plan.inputs)) changed([own]);
    },
    refresh() {
      changed(Object.keys(plan.inputs).filter(take));
    },
    changed,
    answer(whole) {
      const answer = at.lines ? whole.lines?.[at.lines]?.[at.token] : whole;
      if (!answer) return;
      for (const rule of rules) {
        if (!mustAsk(rule)) continue;
        const found = answer[rule.k]?.[rule.f];
        if (rule.k === "option" && found) act(rule, !found.includes(rule.o));
        else if (rule.k === "value" && found) {
          put(rule.f, found.value);
          for (const place of at.find(rule.f)) {
            const control = place.querySelector("input[readonly]");
            if (control) control.value = found.text;
          }
        } else if (rule.k !== "option" && found !== undefined) act(rule, found);
      }
      run(false);
    },
  };
}

// Asks the server, once typing has paused; an older question is forgotten.
function asker(form, plan, take) {
  let timer = 0;
  let waiting = null;
  const ask = async () => {
    waiting?.abort();
    const mine = (waiting = new AbortController());
    const body = new URLSearchParams([...new FormData(form)].filter(([, value]) => typeof value === "string"));
    const answer = await fetch(plan.ask, { method: "POST", body, redirect: "error", signal: mine.signal }).catch(() => null);
    if (mine === waiting && answer?.ok) take(await answer.json());
  };
  return () => {
    clearTimeout(timer);
    timer = setTimeout(ask, PAUSE);
  };
}

// What stands in an input, as it is posted.
function textOf(form, name) {
  const found = form.elements.namedItem(name);
  if (!found) return "";
  if (!(found instanceof RadioNodeList)) return found.type === "checkbox" ? (found.checked ? found.value : "") : found.value;
  const box = [...found].find((each) => each.type === "checkbox");
  return box ? (box.checked ? box.value : "") : found.value;
}

const NUMBER = /^[+-]?(?:\d+|\d{1,3}(?:,\d{3})+)?(?:\.\d*)?$/;
const listOf = (text) => {
  try {
    return JSON.parse(text).map((each) => (typeof each === "object" ? each.id : each));
  } catch {
    return null;
  }
};
// How a text becomes a value, as the save reads it; what can't be read counts as blank.
function readerOf(tag, plan) {
  if (tag === "b") return (text) => text === "true";
  if (tag === "d") return (text) => (/^\d{4}-\d\d-\d\d$/.test(text) ? text : null);
  if (tag === "m") return (text) => (/^\d{4}-\d\d-\d\dT\d\d:\d\d/.test(text) ? instant(text, plan.zone) : null);
  if (tag === "cs" || tag === "rs") return (text) => (text ? listOf(text) : null);
  if (tag[0] === "n") {
    const canonical = compile(["field", tag, "value"]);
    return (text) => {
      const plain = text.replace(/[\uff01-\uff5e]/g, (sign) => String.fromCharCode(sign.charCodeAt() - 0xfee0)).trim().replace(/%$/, "").trim();
      return /\d/.test(plain) && NUMBER.test(plain) ? canonical({ value: plain.replaceAll(",", "").replace(/^\+/, "") }, null, null) : null;
    };
  }
  return (text) => text.normalize("NFC").trim() || null;
}

const grouped = (digits) => digits.replace(/\B(?=(?:\d{3})+$)/g, ",");
// A number as the page writes it: `style` holds what stands before and behind it, and its digits where it has any.
function shownAs(style, value) {
  if (value === null) return style.none ?? "";
  const [whole, rest = ""] = value.replace("-", "").split(".");
  const part = style.digits === undefined ? rest.replace(/0+$/, "") : /^0*$/.test(rest) ? "" : rest.slice(0, style.digits);
  return `${value.startsWith("-") ? style.minus : ""}${style.before}${grouped(whole)}${part ? `.${part}` : ""}${style.after}`;
}

const labelOf = (place) => place.querySelector("label, .field__label")?.firstChild?.textContent.trim() ?? "";
const told = (words, what) => words.replace("{what}", what);

// The mark and what assistive technology is told. Returns whether it is now asked for and was not.
function mark(place, value, labelled) {
  const control = place.querySelector("[role=combobox], [role=radiogroup], [role=textbox], select, textarea, input:not([type=hidden])");
  if (!control || control.readOnly) return false;
  const before = control.getAttribute("aria-required") === "true";
  if (value) control.setAttribute("aria-required", "true");
  else control.removeAttribute("aria-required");
  if (labelled) {
    const label = place.querySelector("label:not(.check), .field__label");
    const star = label?.querySelector(".req");
    if (value && label && !star) {
      const made = document.createElement("span");
      made.className = "req";
      made.setAttribute("aria-hidden", "true");
      made.textContent = "*";
      label.append(" ", made);
    } else if (!value) star?.remove();
  }
  return value && !before;
}

// A section is there where it may be seen and something in it is.
function drawSections(form) {
  for (const section of form.querySelectorAll("fieldset.section")) {
    const places = [...section.querySelectorAll(":scope > .fields > .field")];
    section.hidden = section.dataset.off === "off" || (places.length > 0 && places.every((each) => each.hidden));
    const link = form.querySelector(`.toc a[href="#${section.id}"]`);
    if (link) link.parentElement.hidden = section.hidden;
  }
}
