// The returning-visit scenario with playwright-core; src/scenario/returning_visit.rs is the other side.
//
// Starts both servers and the browser, runs the scenario once, ends everything, and prints the duration. It waits for
// events wherever there is one, and watches for unexpected reloads as long as swapcheck does.

import { createHash } from "node:crypto";
import { createRequire } from "node:module";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { parseArgs } from "node:util";
import { origin, serve } from "./origin.mjs";

const option = { type: "string" };
const { values } = parseArgs({ options: { modules: option, browser: option, a: option, b: option } });
const { chromium } = createRequire(join(values.modules, "package.json"))("playwright-core");

// The app as described in sample-app/swapcheck.toml.
const START = "/";
const ROUTES = ["/lazy", "/form"];
const ACCEPT = "#accept-update";

// The same limits as in src/scenario/stage.rs, in milliseconds.
const NO_WORKER = 3000;
const WAITING = 3000;
const RELOAD = 1000;
const CLEARING = 5000;

/** No event tells a page that a cache has changed. */
const CLEARING_PAUSE = 100;

function check(holds, what) {
  if (!holds) throw new Error(`the scenario failed: ${what}`);
}

async function hydrated(page) {
  await page.waitForSelector("html[data-hydrated]", { state: "attached" });
}

async function go(page, base, path) {
  await page.goto(base + path, { waitUntil: "commit" });
  await hydrated(page);
}

/** Evaluates in a page that may be left meanwhile: then once more in the next one. */
async function evaluate(page, script, argument) {
  for (;;) {
    try {
      return await page.evaluate(script, argument);
    } catch (error) {
      if (!/context was destroyed|navigation/i.test(error.message)) throw error;
      await hydrated(page);
    }
  }
}

/** Until no worker is on its way: each is active, or waits although it was given time, or is offered to the user. */
async function workersRest(page) {
  await evaluate(
    page,
    async ({ accept, waiting }) => {
      const changes = (worker, limit) =>
        new Promise((done) => {
          worker.addEventListener("statechange", () => done(true), { once: true });
          if (limit) setTimeout(done, limit, false);
        });
      for (;;) {
        const registration = await navigator.serviceWorker.getRegistration();
        if (registration?.installing) await changes(registration.installing);
        else if (registration?.active?.state === "activating") await changes(registration.active);
        else if (registration?.waiting && !document.querySelector(accept)) {
          if (!(await changes(registration.waiting, waiting))) return;
        } else return;
      }
    },
    { accept: ACCEPT, waiting: WAITING },
  );
}

/** Until no reload that nobody asked for has come for a while. */
async function reloadsRest(page) {
  const reload = () => page.waitForEvent("framenavigated", { timeout: RELOAD }).then(() => true, () => false);
  let reloaded = false;
  while (await reload()) reloaded = true;
  if (reloaded) {
    await hydrated(page);
    await workersRest(page);
  }
}

async function update(page) {
  await evaluate(page, async () => {
    for (const registration of await navigator.serviceWorker.getRegistrations()) await registration.update();
  });
  await workersRest(page);
  await reloadsRest(page);
}

async function acceptUpdate(page) {
  if (!(await page.locator(ACCEPT).isVisible())) return;
  await Promise.all([page.waitForEvent("framenavigated"), page.click(ACCEPT)]);
  await hydrated(page);
  await workersRest(page);
  await reloadsRest(page);
}

async function shown(page) {
  return evaluate(page, () => ({
    page: document.querySelector("meta[name=release]").content,
    code: document.documentElement.dataset.hydrated,
  }));
}

async function readCaches(page) {
  return evaluate(page, async () => {
    const read = async (name) => {
      const cache = await caches.open(name);
      return Promise.all(
        (await cache.keys()).map(async (request) => {
          const response = await cache.match(request);
          const digest = await crypto.subtle.digest("SHA-256", await response.arrayBuffer());
          const hash = [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
          return { url: request.url, headers: [...request.headers], status: response.status, hash };
        }),
      );
    };
    return (await Promise.all((await caches.keys()).map(read))).flat();
  });
}

/** Whether a cache entry is of A and not of B, or of nobody and gone (`CacheEntry::is_of` in src/trace.rs). */
async function isOld(entry, { base }, [a, b]) {
  if (!entry.url.startsWith(base)) return false;
  const path = entry.url.slice(base.length);
  const headers = Object.fromEntries(entry.headers);
  const [fromA, fromB] = await Promise.all([a.ask(path, headers), b.ask(path, headers)]);
  const gives = ({ status, body }) =>
    status === entry.status && createHash("sha256").update(body).digest("hex") === entry.hash;
  return !gives(fromB) && (gives(fromA) || [404, 410].includes(fromB.status));
}

async function play(browser, a, b) {
  const site = await origin(a);
  const { base } = site;
  const context = await browser.newContext();

  // A new visitor gets the worker, opens the start page again and one more page, and leaves.
  let page = await context.newPage();
  const worker = context.waitForEvent("serviceworker", { timeout: NO_WORKER }).catch(() => undefined);
  await go(page, base, START);
  await worker;
  await workersRest(page);
  await reloadsRest(page);
  await go(page, base, START);
  for (const route of ROUTES.slice(0, -1)) await go(page, base, route);
  await workersRest(page);
  await page.close();

  site.swap(b);

  // The visitor returns twice; each time the browser checks for an update.
  for (const last of [false, true]) {
    page = await context.newPage();
    await go(page, base, START);
    await update(page);
    await acceptUpdate(page);
    if (!last) {
      check((await shown(page)).code, "the page does not work");
      await page.close();
    }
  }
  for (const route of ROUTES) {
    await go(page, base, route);
    check((await shown(page)).code, `${route} does not work`);
  }
  await go(page, base, START);
  const now = await shown(page);
  check(now.page === "B" && now.code === "B", `the last page is of release ${JSON.stringify(now)}`);

  const until = performance.now() + CLEARING;
  for (;;) {
    const entries = await readCaches(page);
    check(entries.every((entry) => entry.status < 400), "an error is cached");
    const old = await Promise.all(entries.map((entry) => isOld(entry, site, [a, b])));
    if (!old.includes(true)) break;
    check(performance.now() < until, "entries of A are still cached");
    await pause(CLEARING_PAUSE);
  }
  await context.close();
  site.close();
}

const args = ["--no-sandbox", "--disable-background-networking", "--disable-gpu"];
const [a, b, browser] = await Promise.all([
  serve(values.a),
  serve(values.b),
  chromium.launch({ executablePath: values.browser, args }),
]);
const began = performance.now();
await play(browser, a, b);
const story_ms = performance.now() - began;
await Promise.all([browser.close(), a.end(), b.end()]);
console.log(JSON.stringify({ story_ms }));
