// Answers where the network does not: static files of this build from its cache, and instead of a page the one that says that
// there is no network. Pages of work are never kept: what they show belongs to who is logged in, and to no device.
const { folder, offline, kept } = self.TOLD; // the server writes it before this file, and serves both as /sw.js
const CACHE = `tenon:${folder}`;

self.addEventListener("install", (event) => {
  const fill = async () => {
    const cache = await caches.open(CACHE);
    await cache.addAll(kept);
    await cache.put(offline, await fetch(offline, { credentials: "omit", cache: "no-store" }));
    await self.skipWaiting();
  };
  event.waitUntil(fill());
});

self.addEventListener("activate", (event) => {
  const tidy = async () => {
    for (const name of await caches.keys()) if (name.startsWith("tenon:") && name !== CACHE) await caches.delete(name);
    await self.clients.claim();
  };
  event.waitUntil(tidy());
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const address = new URL(request.url);
  if (address.origin !== location.origin) return;
  if (request.mode === "navigate") event.respondWith(fetch(request).catch(() => without(request)));
  else if (request.method === "GET" && (address.pathname.startsWith(folder) || kept.includes(address.pathname + address.search)))
    event.respondWith(asset(request));
});

async function asset(request) {
  const cache = await caches.open(CACHE);
  const found = await cache.match(request);
  if (found) return found;
  const answer = await fetch(request);
  if (answer.status === 200) await cache.put(request, answer.clone());
  return answer;
}

// A form that was sent leads back to the page that it stood on: its draft is there.
async function without(request) {
  if (request.method !== "GET") return Response.redirect(request.referrer || "/", 303);
  const found = await caches.match(offline, { cacheName: CACHE });
  return found ?? Response.error();
}
