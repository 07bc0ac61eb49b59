/* What is broken in the layout of this page: a list of "what: where", empty for a page that is in order.

   Looked for are what runs out of the window, texts and controls that lie on each other, texts that are cut without dots, and on
   phones controls for main tasks that a thumb can't hit. What is meant to float (fixed, sticky, absolute) may lie on the rest. */
() => {
  const found = [];
  const wide = document.documentElement.clientWidth;
  const style = new Map();
  const styled = (node) => style.get(node) ?? (style.set(node, getComputedStyle(node)), style.get(node));
  const told = (node) => {
    const id = node.id ? `#${node.id}` : "";
    const name = typeof node.className === "string" && node.className ? "." + node.className.trim().split(/\s+/).join(".") : "";
    const text = (node.innerText || node.getAttribute("aria-label") || node.getAttribute("name") || "").trim().slice(0, 40);
    return `${node.localName}${id}${name} “${text.replace(/\s+/g, " ")}”`;
  };
  const out = (what, node, more = "") => found.push(`${what}: ${told(node)}${more}`);

  /* A part of the page as it is seen: cut by all around it that cut, or nothing. */
  const clips = new Map();
  const clip = (node) => {
    if (!node || node === document.documentElement) return [-Infinity, -Infinity, Infinity, Infinity];
    if (clips.has(node)) return clips.get(node);
    const s = styled(node);
    let [l, t, r, b] = s.position === "fixed" ? [-Infinity, -Infinity, Infinity, Infinity] : clip(node.parentElement);
    if (s.overflowX !== "visible" || s.clipPath !== "none") {
      const box = node.getBoundingClientRect();
      const none = s.clipPath.startsWith("inset(50%");
      [l, t, r, b] = none ? [0, 0, 0, 0] : [Math.max(l, box.left), Math.max(t, box.top), Math.min(r, box.right), Math.min(b, box.bottom)];
    }
    clips.set(node, [l, t, r, b]);
    return [l, t, r, b];
  };
  const seen = (box, node) => {
    const [l, t, r, b] = clip(node);
    const cut = { left: Math.max(box.left, l), top: Math.max(box.top, t), right: Math.min(box.right, r), bottom: Math.min(box.bottom, b) };
    return cut.right - cut.left > 1 && cut.bottom - cut.top > 1 ? cut : null;
  };
  // Cards of a board wait for their style while they are out of sight: what is not drawn has no place.
  const shown = (node) => node.checkVisibility({ opacityProperty: true, visibilityProperty: true, contentVisibilityAuto: true });
  /* What floats above the rest is compared with what floats with it alone. */
  const layers = new Map();
  const layer = (node) => {
    if (!node || node === document.body) return null;
    if (layers.has(node)) return layers.get(node);
    const position = styled(node).position;
    const own = position === "fixed" || position === "sticky" || position === "absolute" ? node : layer(node.parentElement);
    layers.set(node, own);
    return own;
  };
  const open = document.querySelector("dialog:modal");
  const inside = (node) => !open || open.contains(node);

  /* Out of the window */
  if (document.documentElement.scrollWidth > wide + 1) {
    const over = [...document.body.querySelectorAll("*")].filter((node) => {
      const box = node.getBoundingClientRect();
      return shown(node) && seen(box, node.parentElement) && box.right > wide + 1 && Math.min(box.right, clip(node.parentElement)[2]) > wide + 1;
    });
    const last = over.filter((node) => !over.some((each) => each !== node && node.contains(each)));
    found.push(`wider than the window by ${document.documentElement.scrollWidth - wide} px: ${(last[0] && told(last[0])) || "?"}`);
  }

  /* Texts */
  const parts = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const range = document.createRange();
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const parent = node.parentElement;
    if (!node.nodeValue.trim() || !inside(parent) || parent.closest("script, style, noscript, option, svg, datalist, template")) continue;
    if (!shown(parent)) continue;
    range.selectNodeContents(node);
    for (const rect of range.getClientRects()) {
      const box = seen(rect, parent);
      if (box) parts.push({ node: parent, box, kind: "text" });
    }
  }
  const controls = [...document.querySelectorAll("a[href], button, input:not([type=hidden]), select, textarea, summary, [role=button]")].filter(
    (node) => inside(node) && shown(node) && node.getBoundingClientRect().width > 4 && Number(styled(node).opacity) > 0.1,
  );
  for (const node of controls) {
    const boxes = styled(node).display === "inline" ? [...node.getClientRects()] : [node.getBoundingClientRect()];
    for (const rect of boxes) {
      const box = seen(rect, node.parentElement);
      if (box) parts.push({ node, box, kind: "control" });
    }
  }
  parts.sort((a, b) => a.box.top - b.box.top);
  const pairs = new Set();
  for (let i = 0; i < parts.length; i++) {
    const a = parts[i];
    for (let k = i + 1; k < parts.length && parts[k].box.top < a.box.bottom - 3; k++) {
      const b = parts[k];
      if (a.node === b.node || a.node.contains(b.node) || b.node.contains(a.node) || layer(a.node) !== layer(b.node)) continue;
      const across = Math.min(a.box.right, b.box.right) - Math.max(a.box.left, b.box.left);
      const down = Math.min(a.box.bottom, b.box.bottom) - Math.max(a.box.top, b.box.top);
      if (across <= 3 || down <= 3) continue;
      const control = a.kind === "control" ? a.node : b.kind === "control" ? b.node : null;
      /* The stages of a path reach into each other like tiles. */
      if (a.node.matches(".path__s") && b.node.matches(".path__s")) continue;
      /* A switch or a choice that is drawn by its label lies under it on purpose. */
      if (control && control.matches("input") && control.closest("label, .pill, .stars, .affix, td")) continue;
      const words = `${told(a.node)} on ${told(b.node)}`;
      if (!pairs.has(words)) { pairs.add(words); found.push(`overlap of ${Math.round(across)} x ${Math.round(down)} px: ${words}`); }
    }
  }

  /* Cut texts. `slack`: glyphs of Chinese and of italics reach a little out of their line. */
  const slack = 2;
  for (const node of new Set(parts.filter((part) => part.kind === "text").map((part) => part.node))) {
    const s = styled(node);
    if (s.display === "inline" || node.closest("textarea, select")) continue;
    const hides = s.overflowX === "hidden" || s.overflowX === "clip";
    if (node.scrollWidth > node.clientWidth + slack && node.clientWidth > 1) {
      if (hides && s.textOverflow !== "ellipsis") out("cut", node, ` by ${node.scrollWidth - node.clientWidth} px`);
      if (s.overflowX === "visible") out("runs out of its box", node, ` by ${node.scrollWidth - node.clientWidth} px`);
    }
    if (hides && node.scrollHeight > node.clientHeight + 4 && s.webkitLineClamp === "none" && s.textOverflow !== "ellipsis") out("cut below", node);
  }
  for (const node of document.querySelectorAll(".btn, .badge, .chip, .card, .tile, th, td, .tabs__tab")) {
    if (!inside(node) || !shown(node) || styled(node).overflowX !== "visible" || node.querySelector(".vh, .scroll, .bell__count, .dot")) continue;
    if (node.scrollWidth > node.clientWidth + slack && node.clientWidth > 1) out("spills", node, ` by ${node.scrollWidth - node.clientWidth} px`);
  }

  /* Thumbs: what one comes to a page for. */
  if (wide < 768) {
    for (const node of document.querySelectorAll(".btn--main:not(.btn--s), .savebar .btn, .tabbar a, .tabbar button, .rec__acts .btn, .dialog__foot .btn, .topbar .btn")) {
      const box = node.getBoundingClientRect();
      if (inside(node) && shown(node) && box.width > 1 && Math.min(box.width, box.height) < 43.5) out("too small for a thumb", node, ` ${Math.round(box.width)} x ${Math.round(box.height)}`);
    }
  }
  return found;
}
