// Inputs that a browser has no element for: rich text (over a textarea of markup) and colours that may be blank.

const ELEMENTS = new Set("P BR HR DIV STRONG B EM I U S A UL OL LI BLOCKQUOTE H2 H3 H4 CODE PRE TABLE THEAD TBODY TR TH TD".split(" "));
const GONE = new Set("SCRIPT STYLE TITLE TEXTAREA TEMPLATE NOSCRIPT IFRAME OBJECT EMBED SVG MATH HEAD".split(" "));
const LINK = /^(https?:\/\/|mailto:)/i;

export function startValues(root) {
  for (const place of root.querySelectorAll("[data-rich]")) startRich(place);
  for (const place of root.querySelectorAll("[data-color]")) startColor(place);
}

// The nodes of markup that rich text may have. The server decides; this keeps out of the page what it would not keep.
function cleaned(markup) {
  const from = new DOMParser().parseFromString(markup, "text/html").body;
  const into = document.createDocumentFragment();
  copy(from, into);
  return into;
}

function copy(from, into) {
  for (const node of from.childNodes) {
    if (node.nodeType === Node.TEXT_NODE) into.append(node.data);
    if (node.nodeType !== Node.ELEMENT_NODE || GONE.has(node.tagName.toUpperCase())) continue;
    if (!ELEMENTS.has(node.tagName)) {
      copy(node, into);
      continue;
    }
    const made = document.createElement(node.tagName);
    const href = node.getAttribute("href");
    if (node.tagName === "A" && href && LINK.test(href)) made.setAttribute("href", href);
    copy(node, made);
    into.append(made);
  }
}

// What stands in a node as markup: only elements that rich text may have, and everything else escaped.
function markupOf(parent) {
  let markup = "";
  for (const node of parent.childNodes) {
    if (node.nodeType === Node.TEXT_NODE) markup += escaped(node.data);
    if (node.nodeType !== Node.ELEMENT_NODE) continue;
    const name = node.tagName.toLowerCase();
    if (!ELEMENTS.has(node.tagName)) markup += markupOf(node);
    else if (name === "br" || name === "hr") markup += `<${name}>`;
    else markup += `<${name}${node.hasAttribute("href") ? ` href="${escaped(node.getAttribute("href"))}"` : ""}>${markupOf(node)}</${name}>`;
  }
  return markup;
}

function escaped(text) {
  const signs = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };
  return text.replace(/[&<>"]/g, (sign) => signs[sign]);
}

function startRich(place) {
  const source = place.querySelector("textarea");
  const tools = place.querySelector("[role=toolbar]");
  const text = document.createElement("div");
  text.className = "editor__text";
  text.id = `${source.id}-text`;
  text.contentEditable = "true";
  for (const [name, value] of [["role", "textbox"], ["aria-multiline", "true"], ["aria-label", place.dataset.label]]) text.setAttribute(name, value);
  for (const name of ["aria-describedby", "aria-invalid", "aria-required"]) {
    if (source.hasAttribute(name)) text.setAttribute(name, source.getAttribute(name));
  }
  document.execCommand("defaultParagraphSeparator", false, "p");
  const draw = () => text.replaceChildren(cleaned(source.value));
  const keep = () => {
    source.value = text.textContent.trim() ? markupOf(text) : "";
    source.dispatchEvent(new Event("input", { bubbles: true }));
  };
  draw();
  source.hidden = true;
  source.required = false; // an element that can't be seen can't be complained about: the server says it
  tools.hidden = false;
  place.append(text);
  source.addEventListener("restore", draw);
  source.addEventListener("focus", () => text.focus());
  place.closest(".field")?.querySelector(`label[for="${source.id}"]`)?.addEventListener("click", () => text.focus());
  text.addEventListener("input", keep);
  text.addEventListener("paste", (event) => {
    event.preventDefault();
    const markup = event.clipboardData.getData("text/html");
    if (markup) document.execCommand("insertHTML", false, markupOf(cleaned(markup)));
    else document.execCommand("insertText", false, event.clipboardData.getData("text/plain"));
  });
  tools.addEventListener("mousedown", (event) => event.preventDefault()); // the selection stays
  tools.addEventListener("click", (event) => {
    const action = event.target.closest("[data-do]");
    if (!action) return;
    text.focus();
    act(action);
    keep();
  });
  tools.addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    const buttons = [...tools.querySelectorAll("button")];
    const at = (buttons.indexOf(document.activeElement) + step + buttons.length) % buttons.length;
    buttons.forEach((button, place) => (button.tabIndex = place === at ? 0 : -1));
    buttons[at].focus();
  });
}

function act(button) {
  const block = (name) => document.execCommand("formatBlock", false, name);
  const actions = {
    bold: () => document.execCommand("bold"),
    italic: () => document.execCommand("italic"),
    underline: () => document.execCommand("underline"),
    heading: () => block("h3"),
    text: () => block("p"),
    bullets: () => document.execCommand("insertUnorderedList"),
    numbers: () => document.execCommand("insertOrderedList"),
    quote: () => block("blockquote"),
    clear: () => document.execCommand("removeFormat"),
    link: () => {
      const address = prompt(button.dataset.ask, "")?.trim();
      if (address && LINK.test(address)) document.execCommand("createLink", false, address);
    },
  };
  document.execCommand("styleWithCSS", false, "false");
  actions[button.dataset.do]();
}

function startColor(place) {
  const [picker, text] = place.querySelectorAll("input");
  picker.hidden = false;
  picker.addEventListener("input", () => {
    text.value = picker.value;
    text.dispatchEvent(new Event("input", { bubbles: true }));
  });
  text.addEventListener("input", () => {
    if (/^#[0-9a-f]{6}$/i.test(text.value)) picker.value = text.value;
  });
}
