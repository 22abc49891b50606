// A cache-first worker that keeps every visitor on the release of the first visit. Its script never changes.
const CACHE = "app-cache";

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

self.addEventListener("fetch", (event) => {
  const { request } = event;
  if (request.method !== "GET" || new URL(request.url).origin !== self.location.origin) return;
  event.respondWith(answer(event));
});

async function answer(event) {
  const { request } = event;
  const cached = await caches.match(request).catch(() => undefined); // The reset may be clearing it.
  if (cached) return cached;
  const response = await fetch(request);
  if (response.ok) event.waitUntil(store(request, response.clone()).catch(() => undefined));
  return response;
}

async function store(request, response) {
  const cache = await caches.open(CACHE);
  await cache.put(request, response);
}
