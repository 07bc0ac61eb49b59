// The page that stands for others while there is no network: it goes on by itself, and says which drafts this device keeps.
import { kept } from "./drafts.js";
import { fail } from "./leaving.js";

fail();

const again = document.querySelector("[data-offline-again]");
again.hidden = false;
again.addEventListener("click", () => location.replace(location.href));

// A browser says that it is online before anything can be reached, and not at all where the server was away: so it is asked.
const EVERY = 2000;
const goOn = () => fetch("/healthz", { method: "HEAD", cache: "no-store" }).then(() => location.replace(location.href), () => {});
addEventListener("online", goOn);
setInterval(goOn, EVERY);

const place = document.querySelector("[data-offline-drafts]");
for (const { path, at } of kept()) {
  const item = document.createElement("li");
  const link = Object.assign(document.createElement("a"), { href: path, textContent: path });
  const when = Object.assign(document.createElement("time"), { className: "muted small", textContent: new Date(at).toLocaleString(document.documentElement.lang) });
  item.append(link, " ", when);
  place.querySelector("ul").append(item);
  place.hidden = false;
}
