// The page that stands for others while there is no network: it goes on by itself, and says which drafts this device keeps.
import { kept } from "./drafts.js";

const again = document.querySelector("[data-offline-again]");
again.hidden = false;
again.addEventListener("click", () => location.replace(location.href));
addEventListener("online", () => location.replace(location.href));

const place = document.querySelector("[data-offline-drafts]");
for (const { path, at } of kept()) {
  const item = document.createElement("li");
  const link = Object.assign(document.createElement("a"), { href: path, textContent: path });
  const when = Object.assign(document.createElement("time"), { className: "muted small", textContent: new Date(at).toLocaleString(document.documentElement.lang) });
  item.append(link, " ", when);
  place.querySelector("ul").append(item);
  place.hidden = false;
}
