//! Broken workers and pages, each broken in one way, in a real browser: the check that names the defect has to find
//! it, and no other may speak but of its consequences. The site as it is has to pass every scenario.

#![expect(clippy::unwrap_used, reason = "what a test rests on may fail it")]

#[expect(dead_code, reason = "it has no site under a name of its own")]
mod common;

use std::process::ExitCode;
use std::sync::Arc;

use common::site::{self, Edit, Site};
use libtest_mimic::{Arguments, Failed, Trial};
use swapcheck::browser;
use swapcheck::http::Scheme;
use swapcheck::outcome::{Finding, Verdict};
use swapcheck::play::Played;
use swapcheck::play::Player;
use swapcheck::release::{Backend, Release};
use swapcheck::scenario;
use tokio::runtime::Runtime;
use tokio::sync::OnceCell;

/// A defect, and what has to be found of it.
struct Case {
    name: &'static str,
    scenario: &'static str,
    edits: &'static [Edit],
    /// Checks that have to find it, each with parts of what it has to say. The first names the defect.
    finds: &'static [(&'static str, &'static [&'static str])],
    /// Checks that may speak, as the consequences depend on the moment.
    may_find: &'static [&'static str],
}

const fn edit(file: &'static str, good: &'static str, bad: &'static str) -> Edit {
    Edit { file, good, bad }
}

const WORKER: &str = "sw.js";
const MAIN: &str = "assets/main.__RELEASE__.js";

const NETWORK: &str = "return await fetch(request);";
const ON_INSTALL: &str = "(event) => event.waitUntil(install())";
const ON_FETCH: &str = "(event) => event.respondWith(answer(event.request))";
const ON_ACTIVATE: &str = "(event) => event.waitUntil(clean())";
const CLEAN: &str = "    if (name !== CACHE) await caches.delete(name);\n";
const RESTORE: &str = "  draft.value = sessionStorage.draft ?? \"\";\n";
const HYDRATE: &str = "document.documentElement.dataset.hydrated = \"__RELEASE__\";\n";

const REGISTER: &str = "serviceWorker.register(\"/sw.js\")";

/// Takes the release's name out of the worker's script, and has it imported.
const BY_IMPORT: [Edit; 3] = [
    edit(
        WORKER,
        "const CACHE = \"release-__RELEASE__\"",
        "importScripts('/assets/names.js');\nconst CACHE = `release-${RELEASE}`",
    ),
    edit(
        WORKER,
        "[\"/assets/main.__RELEASE__.js\", \"/assets/part.__RELEASE__.js\"]",
        "[`/assets/main.${RELEASE}.js`, `/assets/part.${RELEASE}.js`]",
    ),
    edit(WORKER, "'content=\"__RELEASE__\"'", "`content=\"${RELEASE}\"`"),
];

/// What the site needs for a scenario to have a meaning for it.
const NEEDS: &[(&str, &[Edit])] = &[
    ("cdn-outage", &[edit("index.html", "<h1>", "<img src='https://assets.swapcheck.example/logo.png'><h1>")]),
    (
        "kept-import",
        &[
            BY_IMPORT[0],
            BY_IMPORT[1],
            BY_IMPORT[2],
            edit(MAIN, REGISTER, "serviceWorker.register('/sw.js', { updateViaCache: 'none' })"),
        ],
    ),
];

/// A healthy worker whose installation takes longer than one may be silent, and goes on all the time.
const SLOW: &[Edit] = &[edit(
    WORKER,
    "async function install() {\n",
    "async function install() {
       for (let part = 0; '__RELEASE__' === 'A' && part < 12; part++) {
         await new Promise((next) => setTimeout(next, 4000));
         await load(`/offline?${part}`, isPage);
       }\n",
)];

/// Scenarios that have no meaning for files without a server that has code of its own.
const NO_MEANING: &[&str] = &["emergency-reset"];

const CASES: &[Case] = &[
    // It takes two minutes, so it comes first, and the others run meanwhile.
    Case {
        name: "navigation-hung",
        scenario: "returning-visit",
        edits: &[edit(WORKER, NETWORK, "return await new Promise(() => {});")],
        finds: &[("navigation-hung", &["tab 2 requested https://", "/about and received neither a page nor an error"])],
        // The worker is never done with its event, so the new one does not take its place.
        may_find: &["stale-entry", "stale-page", "stuck-waiting"],
    },
    Case {
        name: "cached-error",
        scenario: "gateway-outage",
        edits: &[edit(
            WORKER,
            NETWORK,
            "const kept = await caches.match(request, { cacheName: 'pages' });
             if (kept) return kept;
             const fresh = await fetch(request);
             await (await caches.open('pages')).put(request, fresh.clone());
             return fresh;",
        )],
        finds: &[(
            "cached-error",
            &["a cached error: the entry for https://", "/about in cache “pages” has status 502"],
        )],
        may_find: &[],
    },
    Case {
        name: "opaque-error",
        scenario: "first-visit",
        edits: &[
            // Nobody is at home there, which the listener says with status 421.
            edit("index.html", "<h1>", "<img src='https://cdn.swapcheck.example/logo.png'><h1>"),
            edit(
                WORKER,
                NETWORK,
                "const fresh = await fetch(request);
                 if (fresh.type === 'opaque') await (await caches.open('images')).put(request, fresh.clone());
                 return fresh;",
            ),
        ],
        finds: &[(
            "opaque-error",
            &["a cached error: the opaque entry for https://cdn.", "in cache “images” has status 421"],
        )],
        may_find: &[],
    },
    Case {
        name: "wrong-content",
        scenario: "soft-error",
        edits: &[edit(WORKER, "response.headers.get(\"content-type\").includes(\"javascript\")", "true")],
        finds: &[
            ("wrong-content", &["cache “release-B” holds an HTML page (status 200) for https://", "/assets/main.B.js"]),
            ("wrong-content", &["cache “release-B” holds an HTML page (status 200) for https://", "/assets/part.B.js"]),
            ("not-hydrated", &["but it is not hydrated"]),
        ],
        may_find: &[],
    },
    Case {
        name: "wrong-page",
        scenario: "login-redirect",
        edits: &[edit(WORKER, "(await response.text()).includes('content=\"__RELEASE__\"')", "true")],
        finds: &[
            (
                "wrong-page",
                &["cache “release-B” holds a page of another address (status 200) for https://", "/offline"],
            ),
            ("error-page-shown", &["the browser's error page: tab ", " could not load https://"]),
        ],
        may_find: &[],
    },
    Case {
        name: "wrong-page-by-a-kept-redirect",
        scenario: "login-redirect",
        edits: &[edit(
            WORKER,
            NETWORK,
            "const kept = await caches.match(request, { cacheName: 'pages' });
             if (kept) return kept;
             const fresh = await fetch(request);
             if (fresh.type === 'opaqueredirect') await (await caches.open('pages')).put(request, fresh.clone());
             return fresh;",
        )],
        finds: &[("wrong-page", &["cache “pages” holds a redirect (status 302) for https://", "/about"])],
        may_find: &["error-page-shown", "stale-page", "not-hydrated"],
    },
    Case {
        name: "wrong-page-by-a-redirect-under-another-status",
        scenario: "login-redirect",
        edits: &[edit(
            WORKER,
            NETWORK,
            "const kept = await caches.match(request, { cacheName: 'pages' });
             if (kept) return kept;
             const fresh = await fetch(request);
             if (fresh.type === 'opaqueredirect') {
               const good = new Response(fresh.body, { status: 200, headers: fresh.headers });
               await (await caches.open('pages')).put(request, good);
             }
             return fresh;",
        )],
        finds: &[(
            "wrong-page",
            &["cache “pages” holds an empty response in place of a redirect (status 200) for https://", "/about"],
        )],
        may_find: &["error-page-shown", "stale-page", "not-hydrated"],
    },
    Case {
        name: "stale-entry-by-a-worker-that-is-not-whole",
        scenario: "returning-visit",
        edits: &[
            edit(WORKER, CLEAN, ""),
            edit(
                WORKER,
                ON_INSTALL,
                "(event) => {
                   if ('__RELEASE__' === 'B') { skipWaiting(); throw new Error('half of it'); }
                   event.waitUntil(install());
                 }",
            ),
        ],
        finds: &[
            ("stale-entry", &["worker 1 threw while installing and is active nevertheless: Error: half of it"]),
            ("uncaught-exception", &["half of it"]),
        ],
        may_find: &["stale-page", "config-ignored", "offline-broken"],
    },
    Case {
        name: "stale-entry",
        scenario: "returning-visit",
        edits: &[edit(WORKER, CLEAN, "")],
        finds: &[
            (
                "stale-entry",
                &["cache “release-A” still holds the response of release A for https://", "/part after the update"],
            ),
            ("stale-entry", &["cache “release-A”", "/assets/main.A.js", "which returns 404 for it"]),
        ],
        may_find: &[],
    },
    Case {
        name: "chunk-load-failure",
        scenario: "open-tab",
        edits: &[edit(WORKER, ON_INSTALL, "(event) => { skipWaiting(); event.waitUntil(install()); }")],
        finds: &[("chunk-load-failure", &["tab 1 received status 404 for https://", "/assets/part.A.js"])],
        may_find: &["config-ignored"],
    },
    Case {
        name: "part-missing",
        scenario: "open-tab",
        edits: &[
            edit(WORKER, ON_INSTALL, "(event) => { skipWaiting(); event.waitUntil(install()); }"),
            edit(
                WORKER,
                NETWORK,
                "const fresh = await fetch(request);
                 return fresh.ok ? fresh : new Response('', { headers: { 'content-type': 'text/javascript' } });",
            ),
        ],
        finds: &[("part-missing", &["tab 1 shows https://", "/part without the part it should open"])],
        may_find: &["config-ignored"],
    },
    Case {
        name: "uncaught-exception-in-page",
        scenario: "returning-visit",
        edits: &[edit(
            MAIN,
            HYDRATE,
            "document.documentElement.dataset.hydrated = '__RELEASE__';
             if ('__RELEASE__' === 'A') localStorage.theme = 'dark'; else JSON.parse(localStorage.theme);",
        )],
        finds: &[(
            "uncaught-exception",
            &["tab 2 threw an uncaught exception: SyntaxError: ", "\"dark\" is not valid JSON"],
        )],
        may_find: &[],
    },
    Case {
        name: "uncaught-exception-in-fetch-handler",
        scenario: "returning-visit",
        edits: &[edit(
            WORKER,
            ON_FETCH,
            "(event) => {
               if (event.request.url.endsWith('/about')) throw new Error('no rule for this page');
               event.respondWith(answer(event.request));
             }",
        )],
        finds: &[(
            "uncaught-exception",
            &["worker ", "threw an uncaught exception: Error: no rule for this page", "/sw.js:"],
        )],
        may_find: &[],
    },
    Case {
        name: "uncaught-exception-in-activation",
        scenario: "first-visit",
        edits: &[edit(WORKER, ON_ACTIVATE, "() => { throw new Error('cannot clean up'); }")],
        finds: &[(
            "uncaught-exception",
            &["worker ", "threw an uncaught exception: Error: cannot clean up", "/sw.js:"],
        )],
        may_find: &[],
    },
    Case {
        name: "not-hydrated",
        scenario: "returning-visit",
        edits: &[edit(
            MAIN,
            HYDRATE,
            "if ('__RELEASE__' === 'B') await new Promise(() => {});\ndocument.documentElement.dataset.hydrated = '__RELEASE__';",
        )],
        finds: &[("not-hydrated", &["tab 2 shows https://", "/about, but it is not hydrated"])],
        may_find: &[],
    },
    Case {
        name: "error-page-shown",
        scenario: "returning-visit",
        edits: &[edit(WORKER, NETWORK, "return Response.error();")],
        finds: &[("error-page-shown", &["the browser's error page: tab 2 could not load https://", "/about"])],
        may_find: &[],
    },
    Case {
        name: "stuck-waiting",
        scenario: "open-tab",
        edits: &[edit(WORKER, "event.data === \"take over\"", "event.data === 'SKIP_WAITING'")],
        finds: &[
            ("stuck-waiting", &["is still waiting when release B should be active"]),
            ("stale-page", &["the document of release A and the client code of release A instead of release B"]),
        ],
        may_find: &[],
    },
    Case {
        name: "install-failed",
        scenario: "first-visit",
        edits: &[edit(WORKER, "\"/offline\"];", "\"/offline\", \"/missing\"];")],
        finds: &[("install-failed", &["/sw.js (worker ", "failed to install: ", "/missing is not there (status 404)"])],
        may_find: &[],
    },
    Case {
        name: "install-failed-by-a-throw-at-the-start",
        scenario: "first-visit",
        edits: &[edit(WORKER, "const CACHE", "missing.call();\nconst CACHE")],
        finds: &[("install-failed", &["/sw.js (worker ", "failed to install: ", "missing is not defined"])],
        may_find: &["config-ignored"],
    },
    Case {
        name: "install-failed-by-a-throw-of-the-new-worker",
        scenario: "returning-visit",
        edits: &[edit(
            WORKER,
            "async function install() {",
            "async function install() {\nif (CACHE === 'release-B') throw new Error('no room');",
        )],
        finds: &[
            ("install-failed", &["/sw.js (worker ", "failed to install: ", "no room"]),
            ("stale-page", &["the document of release A"]),
            ("stale-entry", &["cache “release-A”"]),
        ],
        may_find: &[],
    },
    Case {
        name: "reload-loop",
        scenario: "returning-visit",
        edits: &[
            // The page is the worker's, the answer to its question the server's.
            edit(
                MAIN,
                "\nconst accept =",
                "\nconst newest = await (await fetch('/about')).text();
                 if (!newest.includes('content=\"__RELEASE__\"')) location.reload();
                 const accept =",
            ),
            edit(MAIN, "document.body.append(accept);", "{}"),
        ],
        finds: &[("reload-loop", &["tab 2 reloaded https://", " times in a row"])],
        // A page that never rests offers no update: the new worker may wait, and the old one's entries stay with it; or
        // it takes over in the middle of a round, and the files of that round are gone.
        may_find: &["chunk-load-failure", "stale-entry", "stuck-waiting"],
    },
    Case {
        name: "reload-loop-without-a-load-event",
        scenario: "first-visit",
        edits: &[edit("index.html", "<h1>", "<script>setTimeout(() => location.reload());</script><h1>")],
        finds: &[("reload-loop", &["tab 1 reloaded https://", " times in a row"])],
        may_find: &[],
    },
    Case {
        name: "unexpected-reload",
        scenario: "first-visit",
        edits: &[
            edit(WORKER, ON_ACTIVATE, "(event) => event.waitUntil(clients.claim())"),
            edit(
                MAIN,
                HYDRATE,
                "document.documentElement.dataset.hydrated = '__RELEASE__';
                 navigator.serviceWorker.addEventListener('controllerchange', () => location.reload());",
            ),
        ],
        finds: &[("unexpected-reload", &["tab 1 reloaded https://", "by itself once without need"])],
        may_find: &["config-ignored"],
    },
    Case {
        name: "stale-page",
        scenario: "returning-visit",
        edits: &[
            edit(WORKER, "\"release-__RELEASE__\"", "\"app\""),
            edit(
                WORKER,
                "await cache.put(url, response);",
                "if (!(await cache.match(url))) await cache.put(url, response);",
            ),
        ],
        finds: &[
            ("stale-page", &["the document of release A and the client code of release A instead of release B"]),
            ("stale-entry", &["cache “app” still holds the response of release A"]),
        ],
        may_find: &[],
    },
    Case {
        name: "mixed-release",
        scenario: "stale-edge",
        edits: &[edit(
            WORKER,
            NETWORK,
            "const main = request.url.includes('/assets/main.');
             return (main && (await caches.match(SCRIPTS[0], { cacheName: CACHE }))) || (await fetch(request));",
        )],
        finds: &[(
            "mixed-release",
            &["tab 2 shows https://", "/about with the document of release B and the client code of release A"],
        )],
        may_find: &[],
    },
    Case {
        name: "missed-reload",
        scenario: "open-tab",
        edits: &[edit(MAIN, "() => location.reload(), { once: true }", "() => {}")],
        finds: &[
            ("missed-reload", &["tab 1 did not reload https://", "/part when the new worker took control"]),
            ("stale-page", &["the document of release A and the client code of release A instead of release B"]),
        ],
        may_find: &[],
    },
    Case {
        name: "lost-input",
        scenario: "two-tabs",
        edits: &[
            edit(MAIN, RESTORE, ""),
            edit(
                MAIN,
                HYDRATE,
                "document.documentElement.dataset.hydrated = '__RELEASE__';
                 if (navigator.serviceWorker.controller) {
                   navigator.serviceWorker.addEventListener('controllerchange', () => location.reload());
                 }",
            ),
        ],
        finds: &[("lost-input", &["tab 2 no longer shows what was typed at https://", "after a reload that"])],
        may_find: &[],
    },
    Case {
        name: "lost-input-by-a-form",
        scenario: "server-action",
        edits: &[edit(MAIN, RESTORE, "")],
        finds: &[("lost-input", &["tab 1 no longer shows what was typed at https://"])],
        may_find: &[],
    },
    Case {
        name: "not-saved",
        scenario: "server-action",
        edits: &[edit(MAIN, "\"/saves/__RELEASE__.json\"", "'/saves/A.json'")],
        finds: &[("not-saved", &["tab 1 shows https://", "/part without a confirmation"])],
        may_find: &[],
    },
    Case {
        name: "worker-stays",
        scenario: "worker-removed",
        edits: &[edit(MAIN, "status === 404 ? forgetWorker()", "false ? forgetWorker()")],
        finds: &[
            ("worker-stays", &["the worker of scope https://", "is still registered"]),
            ("worker-stays", &["cache “release-A” still has "]),
        ],
        may_find: &[],
    },
    Case {
        name: "private-data-cached",
        scenario: "private-data",
        edits: &[edit(
            WORKER,
            NETWORK,
            "const fresh = await fetch(request);
             if (fresh.ok) await (await caches.open('apis')).put(request, fresh.clone());
             return fresh;",
        )],
        finds: &[("private-data-cached", &["cache “apis” still holds https://", "secret.json after the logout"])],
        may_find: &[],
    },
    Case {
        name: "error-page-shown-for-an-evicted-page",
        scenario: "evicted-entry",
        edits: &[edit(
            WORKER,
            "  if (kept) return kept;\n",
            "  if (kept) return kept;\n  if (PAGES.includes(new URL(request.url).pathname)) return undefined;\n",
        )],
        finds: &[("error-page-shown", &["the browser's error page: tab ", " could not load https://", "/part"])],
        may_find: &["uncaught-exception"],
    },
    Case {
        name: "offline-broken",
        scenario: "offline",
        edits: &[
            edit(
                WORKER,
                "  for (const name of await caches.keys()) {",
                "  const names = await caches.keys();\n  for (const name of names) {",
            ),
            edit(WORKER, CLEAN, "    if (names.length > 1) await caches.delete(name);\n"),
        ],
        finds: &[("offline-broken", &["offline, ", "the browser's error page: tab ", " could not load https://"])],
        may_find: &[],
    },
    Case {
        name: "worker-lost",
        scenario: "returning-visit",
        edits: &[edit(
            MAIN,
            HYDRATE,
            "document.documentElement.dataset.hydrated = '__RELEASE__';
             if ('__RELEASE__' === 'B') {
               for (const old of await navigator.serviceWorker.getRegistrations()) await old.unregister();
               await new Promise(() => {});
             }",
        )],
        finds: &[("worker-lost", &["the worker of scope https://", "is gone, although release B has one"])],
        may_find: &[],
    },
    Case {
        name: "lost-storage",
        scenario: "returning-visit",
        edits: &[edit(
            MAIN,
            HYDRATE,
            "document.documentElement.dataset.hydrated = '__RELEASE__';
             if ('__RELEASE__' === 'B') {
               localStorage.clear();
               for (const { name } of await indexedDB.databases()) indexedDB.deleteDatabase(name);
             }",
        )],
        finds: &[
            ("lost-storage", &["what the site stored in localStorage is gone"]),
            ("lost-storage", &["what the site stored in IndexedDB is gone"]),
        ],
        may_find: &[],
    },
    Case {
        name: "config-ignored-by-a-worker-that-skips-waiting",
        scenario: "returning-visit",
        edits: &[edit(WORKER, ON_INSTALL, "(event) => { skipWaiting(); event.waitUntil(install()); }")],
        finds: &[(
            "config-ignored",
            &["the configuration sets skipWaiting to false, but worker ", " activated while tab "],
        )],
        may_find: &["chunk-load-failure"],
    },
    Case {
        name: "config-ignored-by-a-worker-that-takes-over-pages",
        scenario: "first-visit",
        edits: &[edit(WORKER, ON_ACTIVATE, "(event) => event.waitUntil(clients.claim())")],
        finds: &[(
            "config-ignored",
            &["the configuration sets clientsClaim to false, but worker ", " took control of tab 1"],
        )],
        may_find: &[],
    },
    Case {
        name: "config-ignored-by-a-build-without-a-worker",
        scenario: "first-visit",
        edits: &[edit(MAIN, "await (status === 404 ? forgetWorker() : offerUpdates());", "")],
        finds: &[("config-ignored", &["the configuration sets /sw.js, but no page installs it"])],
        may_find: &[],
    },
    Case {
        name: "stale-entry-of-files-that-the-server-keeps-for-a-while",
        scenario: "skipped-release",
        edits: &[edit(
            WORKER,
            CLEAN,
            "    if (name === CACHE) continue;
                 const { ok } = await fetch(`/assets/main.${name.split('-')[1]}.js`, { cache: 'no-store' });
                 if (!ok) await caches.delete(name);
            ",
        )],
        finds: &[("stale-entry", &["cache “release-A”", "/assets/main.A.js", "which returns 404 for it"])],
        may_find: &[],
    },
    Case {
        name: "wrong-range-from-a-cache",
        scenario: "media",
        edits: &[edit(
            WORKER,
            NETWORK,
            "if (!request.url.endsWith('.wav')) return await fetch(request);
             const kept = await caches.match(request.url, { cacheName: 'media' });
             if (kept) return kept;
             const fresh = await fetch(request);
             if (fresh.status === 200) await (await caches.open('media')).put(request.url, fresh.clone());
             return fresh;",
        )],
        finds: &[("wrong-range", &["tab 2 requested bytes=", ".wav and received status 200 instead of 206"])],
        may_find: &[],
    },
    Case {
        name: "wrong-range-as-a-part-cannot-be-kept",
        scenario: "media",
        edits: &[edit(
            WORKER,
            NETWORK,
            "const fresh = await fetch(request);
             if (request.url.endsWith('.wav')) await (await caches.open('media')).put(request, fresh.clone());
             return fresh;",
        )],
        finds: &[("wrong-range", &["tab 2 requested bytes=", ".wav and received no response"])],
        may_find: &[],
    },
    Case {
        name: "preload-unused",
        scenario: "returning-visit",
        edits: &[edit(
            WORKER,
            ON_ACTIVATE,
            "(event) => event.waitUntil(registration.navigationPreload.enable().then(clean))",
        )],
        finds: &[("preload-unused", &["but the worker requested it again"])],
        may_find: &[],
    },
    Case {
        name: "error-page-shown-for-a-preload-that-failed",
        scenario: "dropped-connection",
        edits: &[
            edit(
                WORKER,
                ON_ACTIVATE,
                "(event) => event.waitUntil(registration.navigationPreload.enable().then(clean))",
            ),
            edit(
                WORKER,
                ON_FETCH,
                "(event) => event.respondWith((async () => (await event.preloadResponse) ?? answer(event.request))())",
            ),
        ],
        finds: &[("error-page-shown", &["the browser's error page: tab ", " could not load https://"])],
        may_find: &["uncaught-exception", "stale-page", "stale-entry", "mixed-release", "not-hydrated"],
    },
    Case {
        name: "stale-page-by-a-worker-whose-name-changes",
        scenario: "returning-visit",
        edits: &[
            edit(MAIN, REGISTER, "serviceWorker.register('/sw.__RELEASE__.js')"),
            // No page of B comes from the server, which could name the new worker.
            edit(WORKER, "\"/offline\"];", "\"/offline\", \"/about\"];"),
        ],
        finds: &[
            ("stale-page", &["the document of release A and the client code of release A instead of release B"]),
            ("stale-entry", &["cache “release-A” still holds the response of release A"]),
        ],
        may_find: &["install-failed", "uncaught-exception", "config-ignored"],
    },
    Case {
        name: "stale-page-by-a-worker-whose-scope-changes",
        scenario: "returning-visit",
        edits: &[
            edit(
                MAIN,
                REGISTER,
                "serviceWorker.register('/sw.__RELEASE__.js', { scope: '__RELEASE__' === 'A' ? '/' : '/about' })",
            ),
            // As with Workbox, where a worker clears the caches of its own scope only.
            edit(WORKER, CLEAN, ""),
        ],
        finds: &[
            ("stale-page", &["the document of release A and the client code of release A instead of release B"]),
            ("stale-entry", &["cache “release-A” still holds the response of release A"]),
        ],
        may_find: &["install-failed", "uncaught-exception", "config-ignored"],
    },
    Case {
        name: "stale-page-by-an-import-that-the-http-cache-keeps",
        scenario: "kept-import",
        edits: &BY_IMPORT,
        finds: &[
            ("stale-page", &["the document of release A and the client code of release A instead of release B"]),
            ("stale-entry", &["cache “release-A” still holds the response of release A"]),
        ],
        may_find: &[],
    },
    Case {
        name: "offline-broken-by-vary",
        scenario: "offline-varying",
        edits: &[
            edit(WORKER, "cacheName: CACHE, ignoreVary: true", "cacheName: CACHE"),
            // The offline page is asked for by its address, which `Vary` does not concern, and would stand in.
            edit(WORKER, "return fallback || Response.error();", "return Response.error();"),
        ],
        finds: &[("offline-broken", &["offline, ", "the browser's error page: tab ", " could not load https://"])],
        may_find: &[],
    },
    Case {
        name: "install-failed-for-good-by-a-kill",
        scenario: "browser-restart",
        edits: &[
            // Whoever finds the mark takes the installation for another's, and the browser was killed before it went.
            edit(
                WORKER,
                "async function install() {\n",
                "async function install() {
                   const state = await caches.open('state');
                   if (await state.match('/installing')) throw new Error('an installation is under way');
                   await state.put('/installing', new Response(''));\n",
            ),
            edit(
                WORKER,
                "  for (const [url, response] of loaded) await cache.put(url, response);\n",
                "  for (const [url, response] of loaded) await cache.put(url, response);
                   await state.delete('/installing');\n",
            ),
        ],
        finds: &[
            ("install-failed", &["/sw.js (worker ", "failed to install: ", "an installation is under way"]),
            ("stale-page", &["the document of release A"]),
            ("stale-entry", &["cache “release-A”"]),
        ],
        may_find: &[],
    },
];

/// The browser that all stories are played in; launched by the first of them.
#[derive(Default)]
struct Stage(OnceCell<Result<Player, String>>);

impl Stage {
    async fn play(&self, subject: &str, edits: &[Edit], scenario: &str) -> Result<Played, String> {
        let open = || async {
            Player::open(Scheme::Https, &browser::Options::default()).await.map_err(|error| error.to_string())
        };
        let player = self.0.get_or_init(open).await.as_ref()?;
        let scenario = scenario::ALL.iter().find(|known| known.id == scenario).ok_or("there is no such scenario")?;
        let site = Site::with(edits);
        let releases = ["A", "B"].map(|name| Release::new(name, Backend::Directory(site.files(name))));
        let played = player.play(subject, releases, &site::app(), scenario).await;
        Ok(played)
    }

    async fn defect(&self, case: &Case) -> Result<(), Failed> {
        let played = self.play(case.name, case.edits, case.scenario).await?;
        well_formed(&played)?;
        let found = |check: &str, parts: &[&str]| {
            let says = |finding: &&Finding| parts.iter().all(|part| finding.message.contains(part));
            played.findings.iter().filter(|finding| finding.check == check).any(|finding| says(&finding))
        };
        if let Some((check, parts)) = case.finds.iter().find(|(check, parts)| !found(check, parts)) {
            return Err(format!("{}\n{check} does not say {parts:?}", told(&played)).into());
        }
        let mut known = case.finds.iter().map(|(check, _)| check).chain(case.may_find);
        match played.findings.iter().find(|finding| !known.clone().any(|check| *check == finding.check)) {
            Some(other) => Err(format!("{}\n{} has nothing to say here", told(&played), other.check).into()),
            None => known.next().map(|_| ()).ok_or_else(|| "the case finds nothing".into()),
        }
    }

    async fn healthy(&self, scenario: &str) -> Result<(), Failed> {
        let needs = NEEDS.iter().find(|(named, _)| *named == scenario).map_or(&[][..], |(_, edits)| edits);
        self.passes("healthy", needs, scenario).await
    }

    async fn passes(&self, subject: &str, edits: &[Edit], scenario: &str) -> Result<(), Failed> {
        let played = self.play(subject, edits, scenario).await?;
        let due = if NO_MEANING.contains(&scenario) { Verdict::Inapplicable } else { Verdict::Pass };
        if played.verdict == due && played.findings.is_empty() {
            return Ok(());
        }
        Err(told(&played).into())
    }
}

/// Every finding is proved by events of the trace, in order.
fn well_formed(played: &Played) -> Result<(), String> {
    if let Verdict::Broken | Verdict::Inapplicable = played.verdict {
        return Err(told(played));
    }
    let events = u32::try_from(played.trace.events.len()).unwrap();
    let proved = |finding: &&Finding| {
        let proof = &finding.events;
        proof.last().is_some_and(|last| *last < events) && proof.is_sorted_by(|one, next| one < next)
    };
    match played.findings.iter().find(|finding| !proved(finding)) {
        Some(finding) => Err(format!("no proof, or a wrong one: {finding:?}")),
        None => Ok(()),
    }
}

/// The whole story, the findings and the verdict. What matters most comes last, where the end of a log shows it.
fn told(played: &Played) -> String {
    let events = played.trace.events.iter().map(|event| format!("\n  {:>4} {event}", event.seq));
    let findings = played.findings.iter().map(|finding| format!("\n{}: {}", finding.check, finding.message));
    let text: String = events.chain(findings).collect();
    format!("{text}\n{:?} {}", played.verdict, played.reason)
}

fn main() -> ExitCode {
    let mut arguments = Arguments::from_args();
    arguments.test_threads.get_or_insert_with(swapcheck::play::pool::usual_jobs);
    let runtime = Arc::new(Runtime::new().unwrap());
    let stage = Arc::new(Stage::default());
    // What waits longest comes first, so that the others are played meanwhile.
    let mut trials = Vec::new();
    let (of_slow, runs) = (Arc::clone(&stage), Arc::clone(&runtime));
    let slowly = move || runs.block_on(of_slow.passes("slow", SLOW, "offline"));
    trials.push(Trial::test("healthy::offline-with-a-worker-that-installs-slowly", slowly));
    for case in CASES {
        let (stage, runtime) = (Arc::clone(&stage), Arc::clone(&runtime));
        trials.push(Trial::test(format!("defect::{}", case.name), move || runtime.block_on(stage.defect(case))));
    }
    for scenario in scenario::ALL {
        let (stage, runtime) = (Arc::clone(&stage), Arc::clone(&runtime));
        let healthy = move || runtime.block_on(stage.healthy(scenario.id));
        trials.push(Trial::test(format!("healthy::{}", scenario.id), healthy));
    }
    let outcome = libtest_mimic::run(&arguments, trials);
    if let Some(Ok(player)) = stage.0.get() {
        runtime.block_on(player.close());
    }
    outcome.exit_code()
}
