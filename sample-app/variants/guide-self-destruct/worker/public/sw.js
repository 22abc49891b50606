// Release __RELEASE__. Unregisters itself when the server no longer has a file that every page needs.
const CRITICAL = ["/_next/static/chunks/main"];

self.addEventListener("fetch", (event) => event.respondWith(answer(event.request)));
self.addEventListener("message", (event) => {
  if (event.data.type === "FORCE_CLEANUP") event.waitUntil(selfDestruct());
});

async function answer(request) {
  try {
    const response = await fetch(request);
    const lost = response.status === 502 || response.status === 404;
    if (lost && CRITICAL.some((part) => request.url.includes(part))) await selfDestruct();
    return response;
  } catch {
    return (await caches.match(request)) ?? new Response("Offline", { status: 503 });
  }
}

async function selfDestruct() {
  const names = await caches.keys();
  await Promise.all(names.map((name) => caches.delete(name)));
  await self.registration.unregister();
  const pages = await self.clients.matchAll();
  for (const page of pages) page.postMessage({ type: "SW_SELF_DESTRUCT", reason: "stale_resources" });
}
