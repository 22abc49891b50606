// Release A
addEventListener("fetch", (event) => {
  if (event.request.destination === "script") event.respondWith(cacheFirst(event.request));
});

async function cacheFirst(request) {
  const cache = await caches.open("scripts");
  const kept = await cache.match(request);
  if (kept) return kept;
  const response = await fetch(request);
  await cache.put(request, response.clone());
  return response;
}
