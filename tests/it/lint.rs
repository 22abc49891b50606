//! `swapcheck lint`: each mistake in the variants of the sample app and in the guide's own configurations, and nothing in
//! what is sound.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::{Command, Output};

use assert_cmd::cargo::CommandCargoExt;
use swapcheck::lint::{Linted, lint};
use swapcheck::outcome::{Confidence, Severity};
use swapcheck::release::tree::Tree;
use swapcheck::sample::variant::Variant;
use tempfile::TempDir;

fn sample() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("sample-app")
}

fn rules(linted: &Linted) -> Vec<&str> {
    assert_eq!(linted.unread, []);
    let all: BTreeSet<&str> = linted.findings.iter().map(|finding| finding.rule).collect();
    all.into_iter().collect()
}

/// The project that a variant is: the sample app with its files in place, built with its arguments.
fn project(variant: &Variant) -> TempDir {
    let dir = TempDir::new().unwrap();
    let (mut app, mut worker) = (Tree::base(&sample()).unwrap(), Tree::default());
    for layer in &variant.layers {
        app.lay_over(&layer.join("app")).unwrap();
        worker.lay_over(&layer.join("worker")).unwrap();
    }
    app.copy(dir.path()).unwrap();
    if !worker.is_empty() {
        worker.copy(&dir.path().join("worker")).unwrap();
        worker.below("public").copy(&dir.path().join("public")).unwrap();
        let _ = std::fs::remove_dir_all(dir.path().join("worker/public"));
    }
    let package = dir.path().join("package.json");
    let build = ["next build"].into_iter().chain(variant.build_args.iter().map(String::as_str));
    let build = format!("\"build\": \"{}\"", build.collect::<Vec<_>>().join(" "));
    let text = std::fs::read_to_string(&package).unwrap().replace("\"build\": \"next build\"", &build);
    std::fs::write(&package, text).unwrap();
    dir
}

/// What is to be found in each variant.
const VARIANTS: &[(&str, &[&str])] = &[
    ("naive-cache-first", &["unchecked-put"]),
    ("next-pwa-default", &["skip-waiting", "start-url-route"]),
    ("next-pwa-misplaced", &["misplaced-option", "skip-waiting", "start-url-route"]),
    ("no-worker", &[]),
    ("opaque-cdn", &["opaque-statuses"]),
    ("pass-through-plugin", &["pass-through-plugin"]),
    ("turbopack-dropped-worker", &["skip-waiting", "start-url-route", "turbopack"]),
    ("deployment-id", &["skip-waiting", "start-url-route"]),
    ("guide-build-id", &["cache-clearing", "skip-waiting", "start-url-route"]),
    ("guide-build-id-fixed", &["skip-waiting", "start-url-route"]),
    ("guide-clear-stale-caches", &["skip-waiting", "start-url-route", "unguarded-reload"]),
    ("guide-clear-stale-caches-fixed", &["skip-waiting", "start-url-route"]),
    ("guide-network-first", &["skip-waiting"]),
    (
        "guide-recommended",
        &["cache-clearing", "network-timeout", "pattern-excludes-nothing", "pattern-https-only", "skip-waiting"],
    ),
    ("guide-recommended-fixed", &["network-timeout"]),
    ("guide-self-destruct", &["self-destruct-waits", "unheard-message"]),
    ("guide-self-destruct-fixed", &[]),
    ("inject-manifest", &["skip-waiting"]),
    ("next-pwa-prompt", &["reload-every-tab", "start-url-route"]),
    ("pinterest-pattern", &["skip-waiting"]),
    ("serwist", &["skip-waiting"]),
    ("serwist-turbopack", &["skip-waiting"]),
    ("twitter-lite-pattern", &[]),
    ("proven", &[]),
];

#[test]
fn each_variant_shows_its_mistakes_and_no_other() {
    for variant in Variant::load_all(&sample()).unwrap() {
        let Some((_, expected)) = VARIANTS.iter().find(|(name, _)| *name == variant.name) else { continue };
        let linted = lint(project(&variant).path()).unwrap();
        assert_eq!(rules(&linted), *expected, "{}: {:#?}", variant.name, linted.findings);
    }
}

#[test]
fn every_variant_that_is_listed_exists() {
    let variants = Variant::load_all(&sample()).unwrap();
    for (name, _) in VARIANTS {
        assert!(variants.iter().any(|variant| variant.name == *name), "{name}");
    }
}

#[test]
fn the_plain_app_and_what_is_proven_are_sound() {
    let variants = Variant::load_all(&sample()).unwrap();
    for name in ["no-worker", "proven"] {
        let variant = variants.iter().find(|variant| variant.name == name).unwrap();
        let linted = lint(project(variant).path()).unwrap();
        assert_eq!(linted.findings, [], "{name}");
        assert_eq!(linted.exit_code(), 0);
        assert!(linted.files.len() > 3, "{:?}", linted.files);
    }
    // As it is copied out of here, without the app around it.
    let linted = lint(&sample().join("variants/proven")).unwrap();
    assert_eq!((linted.findings.len(), linted.exit_code()), (0, 0));
}

fn dir(files: &[(&str, &str)]) -> TempDir {
    let dir = TempDir::new().unwrap();
    for (path, text) in files {
        let path = dir.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    dir
}

/// What is found in an app with next-pwa in which only these files are its own.
fn app(files: &[(&str, &str)]) -> Linted {
    let package = r#"{
  "scripts": { "build": "next build --webpack" },
  "dependencies": { "next": "16.4.5", "@ducanh2912/next-pwa": "10.2.9" }
}"#;
    let dir = dir(&[("package.json", package), ("app/page.tsx", "export default () => null;")]);
    for (path, text) in files {
        let path = dir.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    lint(dir.path()).unwrap()
}

/// Where a rule has found something, with how sure it is.
fn place(linted: &Linted, rule: &str) -> (String, usize, Severity, Confidence) {
    let found = linted.findings.iter().find(|finding| finding.rule == rule).unwrap_or_else(|| panic!("{rule}"));
    (found.path.to_str().unwrap().to_owned(), found.line, found.severity, found.confidence)
}

#[test]
fn the_guide_a_setting_at_the_wrong_level() {
    let linted = app(&[(
        "next.config.js",
        "const plugin = require(\"@ducanh2912/next-pwa\").default;\nconst withPWA = plugin({\n  dest: \"public\",\n  \
         skipWaiting: false,\n  cacheStartUrl: false,\n});\nmodule.exports = withPWA({});\n",
    )]);
    assert_eq!(rules(&linted), ["misplaced-option", "skip-waiting", "start-url-route"]);
    let wrong = ("next.config.js".to_owned(), 4, Severity::Error, Confidence::Certain);
    assert_eq!(place(&linted, "misplaced-option"), wrong);
    assert_eq!(place(&linted, "start-url-route").1, 5);
}

#[test]
fn the_guide_the_setting_at_its_right_level() {
    let linted = app(&[(
        "next.config.js",
        "module.exports = require('@ducanh2912/next-pwa').default({ dest: 'public', cacheStartUrl: false, \
         dynamicStartUrl: false, workboxOptions: { skipWaiting: false, clientsClaim: false } })({});",
    )]);
    assert_eq!(linted.findings, []);
}

#[test]
fn the_guide_the_recommended_configuration() {
    let linted = app(&[(
        "next.config.js",
        r"const ok = { statuses: [200] };
module.exports = require('@ducanh2912/next-pwa').default({
  dest: 'public',
  disable: process.env.NODE_ENV === 'development',
  cacheStartUrl: false,
  dynamicStartUrl: false,
  fallbacks: { document: '/offline' },
  workboxOptions: {
    skipWaiting: true,
    clientsClaim: true,
    runtimeCaching: [
      { urlPattern: /\/_next\/static\/chunks\/.+\.js$/, handler: 'NetworkFirst', options: { networkTimeoutSeconds: 3, cacheableResponse: ok } },
      { urlPattern: /\/_next\/static\/(?!chunks).+$/, handler: 'CacheFirst', options: { cacheableResponse: ok } },
      {
        urlPattern: /^https:\/\/[^/]+\/?(?!api|_next).*/,
        handler: 'NetworkFirst',
        options: { networkTimeoutSeconds: 3, cacheableResponse: ok },
      },
    ],
  },
})({});
",
    )]);
    let expected =
        ["missing-page", "network-timeout", "pattern-excludes-nothing", "pattern-https-only", "skip-waiting"];
    assert_eq!(rules(&linted), expected);
    assert_eq!(linted.findings.len(), expected.len(), "each once: {:#?}", linted.findings);
    let lines = ["missing-page", "skip-waiting", "pattern-excludes-nothing", "network-timeout"];
    assert_eq!(lines.map(|rule| place(&linted, rule).1), [7, 9, 15, 17]);
}

#[test]
fn the_guide_clearing_caches_in_the_page() {
    let linted = app(&[(
        "utils/clear.ts",
        "const VERSION = process.env.NEXT_PUBLIC_APP_VERSION;\nexport async function clearAll() {\n  if (!('caches' in \
         window)) return;\n  const stored = localStorage.getItem('app_version');\n  if (stored && stored !== VERSION) \
         {\n    for (const name of await caches.keys()) await caches.delete(name);\n    const all = await \
         navigator.serviceWorker.getRegistrations();\n    await Promise.all(all.map((one) => one.unregister()));\n    \
         localStorage.setItem('app_version', VERSION);\n    window.location.reload();\n    return;\n  }\n  \
         localStorage.setItem('app_version', VERSION);\n}\n",
    )]);
    assert_eq!(rules(&linted), ["unguarded-reload", "unset-version"]);
    assert_eq!(
        place(&linted, "unguarded-reload"),
        ("utils/clear.ts".to_owned(), 10, Severity::Fatal, Confidence::Certain)
    );
}

#[test]
fn the_guide_the_build_id_snippet() {
    let linted = app(&[
        ("public/sw.js", "self.addEventListener('fetch', () => {}); caches.open('a');"),
        (
            "app/layout.tsx",
            "'use client';\nimport { useEffect } from 'react';\nexport default function Layout({ children }) {\n  \
             useEffect(() => {\n    const version = process.env.NEXT_PUBLIC_BUILD_ID;\n    const stored = \
             localStorage.getItem('build_id');\n    if (stored && stored !== version && 'caches' in window) {\n      \
             caches.keys().then((names) => Promise.all(names.map((n) => caches.delete(n))))\n        .then(() => \
             localStorage.setItem('build_id', version));\n    }\n  }, []);\n  return children;\n}\n",
        ),
    ]);
    assert_eq!(rules(&linted), ["cache-clearing", "unset-version"]);
    assert_eq!(place(&linted, "cache-clearing").1, 8);
}

#[test]
fn the_guide_the_worker_that_ends_itself() {
    let linted = app(&[(
        "public/sw.js",
        "self.addEventListener('fetch', (event) => { event.respondWith(handle(event.request)); });\nasync function \
         handle(request) {\n  try {\n    const response = await fetch(request);\n    if (response.status === 502) await \
         end();\n    return response;\n  } catch {\n    return (await caches.match(request)) || new \
         Response('Offline', { status: 503 });\n  }\n}\nasync function end() {\n  const keys = await caches.keys();\n  \
         await Promise.all(keys.map((key) => caches.delete(key)));\n  await self.registration.unregister();\n  const \
         clients = await self.clients.matchAll();\n  clients.forEach((client) => {\n    client.postMessage({ type: \
         'SW_SELF_DESTRUCT', reason: 'stale' });\n  });\n}\nself.addEventListener('message', async (event) => {\n  if \
         (event.data.type === 'FORCE_CLEANUP') await end();\n});\n",
    )]);
    assert_eq!(rules(&linted), ["self-destruct-waits", "unheard-message"]);
}

#[test]
fn the_guide_the_endpoint_and_the_page_that_asks_it() {
    let linted = app(&[
        (
            "app/api/clear-cache/route.ts",
            "export async function POST(request: Request) {\n  const current = process.env.APP_VERSION;\n  const client = \
             request.headers.get('x-app-version');\n  if (client && client !== current) {\n    return new \
             Response('{}', { headers: { 'Clear-Site-Data': '\"cache\", \"storage\"' } });\n  }\n  return new \
             Response('{}');\n}\n",
        ),
        (
            "lib/check.js",
            "export async function check() {\n  const response = await fetch('/api/clear-cache', { method: 'POST', \
             headers: { 'x-app-version': localStorage.getItem('app_version') || '' } });\n  if \
             (response.headers.has('clear-site-data')) {\n    window.location.reload();\n  }\n}\n",
        ),
    ]);
    assert_eq!(rules(&linted), ["unreadable-header", "unset-version"]);
    assert_eq!(place(&linted, "unreadable-header").1, 3);
}

#[test]
fn the_guide_the_prompt() {
    let linted = app(&[(
        "lib/prompt.js",
        "import { Workbox } from 'workbox-window';\nconst wb = new Workbox('/sw.js');\nwb.addEventListener('waiting', () => \
         showUpdateBanner({ action: () => wb.messageSkipWaiting() }));\nwb.addEventListener('controlling', () => {\n  \
         window.location.reload();\n});\nwb.register();\n",
    )]);
    assert_eq!(rules(&linted), ["reload-every-tab"]);
    assert_eq!(place(&linted, "reload-every-tab").1, 5);
}

fn swapcheck(args: &[&str]) -> Output {
    Command::cargo_bin("swapcheck").unwrap().args(args).env_remove("COLUMNS").output().unwrap()
}

fn told(output: &Output) -> (i32, String, String) {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    (output.status.code().unwrap(), text(&output.stdout), text(&output.stderr))
}

#[test]
fn code_scanning_and_github_get_each_mistake_at_its_place_in_the_repository() {
    let config = "module.exports = require('@ducanh2912/next-pwa').default({\n  skipWaiting: false,\n})({});";
    let repository = dir(&[("app/next.config.js", config), ("app/vercel.json", "{")]);
    let run = |more: &[&str]| {
        let mut command = Command::cargo_bin("swapcheck").unwrap();
        told(&command.args(["lint", "./app"]).args(more).current_dir(repository.path()).output().unwrap())
    };
    let (code, out, _) = run(&["--github", "--sarif", "lint.sarif"]);
    assert_eq!(code, 1);
    let (shielded, commands) = out.rsplit_once("\n::swapcheck-").unwrap();
    assert!(shielded.contains("\napp/next.config.js:2:3: error: "), "{shielded}");
    assert!(shielded.starts_with("::stop-commands::swapcheck-") && !commands.contains("::stop-commands::"), "{out}");
    let place = "::error file=app/next.config.js,line=2,col=3,title=config-ignored/misplaced-option::";
    assert!(commands.contains(place), "{commands}");
    let report = std::fs::read(repository.path().join("lint.sarif")).unwrap();
    let report: serde_json::Value = serde_json::from_slice(&report).unwrap();
    let run = &report["runs"][0];
    let rule = "config-ignored/misplaced-option";
    let wrong = run["results"].as_array().unwrap().iter().find(|one| one["ruleId"] == rule).unwrap();
    let place = &wrong["locations"][0]["physicalLocation"];
    assert_eq!(place["artifactLocation"]["uri"], "app/next.config.js");
    assert_eq!((&place["region"]["startLine"], &place["region"]["startColumn"]), (&2.into(), &3.into()));
    let rule = &run["tool"]["driver"]["rules"][usize::try_from(wrong["ruleIndex"].as_u64().unwrap()).unwrap()];
    assert_eq!((&rule["id"], &wrong["level"]), (&wrong["ruleId"], &"error".into()));
    let unread = &run["invocations"][0]["toolExecutionNotifications"][0]["locations"][0]["physicalLocation"];
    assert_eq!(unread["artifactLocation"]["uri"], "app/vercel.json");
}

#[test]
fn the_command_tells_file_line_and_column_and_writes_json() {
    let config = "module.exports = require('@ducanh2912/next-pwa').default({\n  skipWaiting: false,\n})({});";
    let dir = dir(&[("next.config.js", config)]);
    let json = dir.path().join("report.json");
    let (code, out, _) = told(&swapcheck(&["lint", dir.path().to_str().unwrap(), "--json", json.to_str().unwrap()]));
    assert_eq!(code, 1);
    assert!(out.contains("next.config.js:2:3: error: @ducanh2912/next-pwa ignores `skipWaiting`"), "{out}");
    assert!(out.contains("[config-ignored/misplaced-option]") && out.contains("    fix Move the option"), "{out}");
    let report: serde_json::Value = serde_json::from_slice(&std::fs::read(&json).unwrap()).unwrap();
    let found = report["findings"].as_array().unwrap();
    let misplaced = found.iter().find(|finding| finding["rule"] == "misplaced-option").unwrap();
    assert_eq!(
        (&misplaced["line"], &misplaced["column"], &misplaced["path"]),
        (&2.into(), &3.into(), &"next.config.js".into())
    );
    assert_eq!(report["files"], serde_json::json!(["next.config.js"]));
}

#[test]
fn nothing_to_lint_is_no_success() {
    let empty = dir(&[("readme.txt", "hello"), ("src/a.js", "export const a = 1;")]);
    let (code, _, error) = told(&swapcheck(&["lint", empty.path().to_str().unwrap()]));
    assert_eq!(code, 3);
    assert!(error.contains("nothing to lint in"), "{error}");
    let (code, _, error) = told(&swapcheck(&["lint", "no/such/directory"]));
    assert_eq!(code, 2);
    assert!(error.contains("no/such/directory"), "{error}");
}

#[test]
fn what_cannot_be_parsed_is_told_and_stops_nothing() {
    let dir = dir(&[
        ("next.config.js", "module.exports = {\n  turbopack: {,\n};"),
        (
            "public/sw.js",
            "self.addEventListener('fetch', (e) => e.respondWith(fetch(e.request).then((r) => { caches.open('a').then((c) => c.put(e.request, r.clone())); return r; })));",
        ),
    ]);
    let (code, out, _) = told(&swapcheck(&["lint", dir.path().to_str().unwrap()]));
    assert_eq!(code, 1);
    assert!(out.contains("next.config.js:2:15: not read: "), "{out}");
    assert!(out.contains("[cached-error/unchecked-put]"), "{out}");
    std::fs::remove_file(dir.path().join("public/sw.js")).unwrap();
    assert_eq!(told(&swapcheck(&["lint", dir.path().to_str().unwrap()])).0, 3);
}

#[test]
fn hostile_files_end() {
    let deep = |open: &str, times: usize| format!("caches.keys; {}", open.repeat(times));
    let long = |part: &str| format!("caches.keys; x = 1{}", part.repeat(1_000_000 / part.len()));
    let files = [
        ("a.js", deep("(", 900_000)),
        ("b.js", deep("[", 900_000)),
        ("c.js", deep("{", 900_000)),
        ("d.js", long("+1")),
        ("e.js", long(".a")),
        ("f.js", long("()")),
        ("g.js", deep("!", 900_000)),
        ("h.js", deep("a=>", 300_000)),
        ("i.js", deep("if(a)", 200_000)),
        ("j.jsx", deep("<a>", 300_000)),
        ("k.js", deep("`${", 300_000)),
        ("l.js", long("?1:1")),
        ("m.js", format!("runtimeCaching = [{{ urlPattern: /{}/, handler: 'CacheFirst' }}]", "(a+)+".repeat(1000))),
        ("nginx.conf", "location { ".repeat(90_000)),
        ("vercel.json", "[".repeat(900_000)),
        ("package.json", "{\"a\":".repeat(150_000)),
    ];
    let files: Vec<(&str, &str)> = files.iter().map(|(path, text)| (*path, text.as_str())).collect();
    let dir = dir(&files);
    let (code, out, error) = told(&swapcheck(&["lint", dir.path().to_str().unwrap()]));
    assert!(code == 1 || code == 3, "{code} {out} {error}");
    assert!(out.len() < 100_000, "{}", out.len());
}
