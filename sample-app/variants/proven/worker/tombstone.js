// The kill switch: deploy this file as /sw.js to remove the worker everywhere. It deletes all caches and unregisters;
// pages come from the network from their next load on. No tab reloads. Leave it in place: some visitors return late.
self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(end()));

async function end() {
  const names = await caches.keys();
  await Promise.all(names.map((name) => caches.delete(name)));
  await self.registration.unregister();
}
