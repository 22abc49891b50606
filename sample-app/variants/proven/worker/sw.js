// Keeps each release complete in its own cache. Pages come from the release of the active worker; files come from
// whichever release has them, so a page that was opened before a deploy still finds its own. A release is deleted once
// no open page needs it. Only built files are stored, so no error can be.

/** @type {{ release: string, marker: string, pages: string[], fallback: string, files: Record<string, string> }} */
const BUILD = __BUILD__; // Filled in by build.mjs.
const PREFIX = "release-";
const CACHE = PREFIX + BUILD.release;
const PAUSES_MS = [0, 250, 750, 1500]; // Before each try; in a rolling deploy the next one may reach another server.
const ANSWER_MS = 2000; // How long an open page may take to report its release.

self.addEventListener("install", (event) => event.waitUntil(install()));
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));
self.addEventListener("message", (event) => {
  if (event.data?.type === "page-ready") event.waitUntil(tidy());
});
self.addEventListener("fetch", (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (request.method !== "GET" || origin !== self.location.origin || request.headers.has("range")) return;
  if (request.mode === "navigate") {
    event.waitUntil(tidy());
    event.respondWith(page(request, pathname));
  } else if (pathname in BUILD.files || pathname.startsWith("/_next/static/")) {
    event.respondWith(file(request, pathname));
  }
});

/** Stores the complete release or nothing, then activates: open pages keep their files, so waiting is not needed. */
async function install() {
  const existed = await caches.has(CACHE);
  try {
    const cache = await caches.open(CACHE);
    const pages = [...BUILD.pages, BUILD.fallback].map((url) => store(cache, url, { cache: "reload" }, isOwnPage));
    const files = Object.entries(BUILD.files).map(([url, integrity]) =>
      store(cache, url, { integrity }, (response) => response.ok),
    );
    await Promise.all([...pages, ...files]);
    const stored = await caches.open(CACHE).then((again) => again.keys());
    if (stored.length < pages.length + files.length) throw new Error(`${CACHE} was cleared during the installation`);
  } catch (error) {
    if (!existed) await caches.delete(CACHE);
    throw error;
  }
  await self.skipWaiting();
}

async function store(cache, url, options, isGood) {
  await cache.put(url, await load(new Request(url, { ...options, redirect: "error" }), isGood));
}

/** A page contains its release; rejects error pages, pages of another release and truncated pages. */
async function isOwnPage(response) {
  if (!response.ok) return false;
  const html = await response.clone().text();
  return html.includes(BUILD.marker) && html.includes("</html>");
}

/** Fetches until the response is good; retries bypass the HTTP cache, which may hold a bad response. */
async function load(request, isGood) {
  let problem;
  for (const [attempt, pause] of PAUSES_MS.entries()) {
    await new Promise((resolve) => setTimeout(resolve, pause));
    try {
      const response = await fetch(request.clone(), attempt > 0 ? { cache: "reload" } : {});
      if (await isGood(response)) return response;
      problem = `status ${response.status}, ${response.headers.get("content-type")}`;
    } catch (error) {
      problem = error;
    }
  }
  throw new Error(`no valid response for ${request.url}: ${problem}`);
}

/** A stored page always matches its files, online and offline; other pages come from the network only. */
async function page(request, pathname) {
  const cache = await caches.open(CACHE);
  const stored = BUILD.pages.includes(pathname) && (await cache.match(pathname));
  if (stored) return stored;
  const answer = await fetch(request).catch(() => Response.error());
  const noServer = answer.type === "error" || [502, 503, 504].includes(answer.status);
  return (noServer && (await cache.match(BUILD.fallback))) || answer;
}

async function file(request, pathname) {
  const releases = (await caches.keys()).filter((name) => name.startsWith(PREFIX) && name !== CACHE);
  for (const cacheName of [CACHE, ...releases]) {
    const stored = await caches.match(pathname, { cacheName });
    if (stored) return stored;
  }
  const isGood = (response) => response.ok && isOfType(response, request.destination);
  return load(request, isGood).catch(() => Response.error());
}

function isOfType(response, destination) {
  const wanted = { script: "javascript", style: "css" }[destination] ?? "";
  return (response.headers.get("content-type") ?? "").includes(wanted);
}

/** Deletes every cache that neither this worker nor an open page needs. */
async function tidy() {
  const needed = await releasesOfPages();
  if (self.registration.installing || self.registration.waiting) return;
  const spare = (await caches.keys()).filter((name) => name !== CACHE && !needed.includes(name.slice(PREFIX.length)));
  // A page that does not respond is frozen, or not ours: it may need the newest two.
  const dropped = needed.includes(undefined) ? spare.slice(0, -2) : spare;
  await Promise.all(dropped.map((name) => caches.delete(name)));
}

/** Sends the release of this worker to every open page, and collects theirs; undefined for no response. */
async function releasesOfPages() {
  const pages = await self.clients.matchAll({ type: "window" });
  return Promise.all(
    pages.map(
      (client) =>
        new Promise((resolve) => {
          const { port1, port2 } = new MessageChannel();
          port1.onmessage = (event) => resolve(event.data);
          setTimeout(resolve, ANSWER_MS);
          client.postMessage({ type: "worker-release", release: BUILD.release }, [port2]);
        }),
    ),
  );
}
