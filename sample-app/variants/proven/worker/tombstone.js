// The kill switch: deploy this file as /sw.js to end the worker everywhere. It forgets all caches and unregisters; each
// page comes from the network from its next load on. No tab is reloaded. Leave it in place: visitors return late.
self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(end()));

async function end() {
  const names = await caches.keys();
  await Promise.all(names.map((name) => caches.delete(name)));
  await self.registration.unregister();
}
