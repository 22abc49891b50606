// Writes public/sw.js of a built app: node build.mjs DIRECTORY. Run it after every `next build`.
import { createHash } from "node:crypto";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join, relative, sep } from "node:path";

// The pages that the worker serves, online and offline; each must be prerendered.
const PAGES = ["/", "/lazy", "/form"];
const FALLBACK = "/offline";

const directory = process.argv[2] ?? ".";
const release = process.env.NEXT_PUBLIC_RELEASE;
if (!release) throw new Error("NEXT_PUBLIC_RELEASE is not set: build the worker with the release of the app");

const marker = `<meta name="release" content="${release}"/>`;
for (const page of [...PAGES, FALLBACK]) {
  const path = join(directory, ".next/server/app", `${page === "/" ? "index" : page}.html`);
  const html = await readFile(path, "utf8").catch(() => {
    throw new Error(`${page} is not prerendered (no ${path}): make it static, or remove it from the list of pages`);
  });
  if (!html.includes(marker)) throw new Error(`${page} does not contain ${marker}: see app/layout.tsx`);
}

const files = {
  ...(await integrities(join(directory, ".next/static"), "/_next/static/")),
  ...(await integrities(join(directory, "public"), "/")),
};
delete files["/sw.js"];

const source = await readFile(new URL("sw.js", import.meta.url), "utf8");
const build = JSON.stringify({ release, marker, pages: PAGES, fallback: FALLBACK, files }, null, 2);
await writeFile(join(directory, "public/sw.js"), source.replace("__BUILD__", () => build));

/** The integrity hashes of all files under `root`, by URL. */
async function integrities(root, prefix) {
  const found = {};
  for (const entry of await readdir(root, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || entry.name.endsWith(".map")) continue;
    const path = join(entry.parentPath, entry.name);
    const url = prefix + relative(root, path).split(sep).map(encodeURIComponent).join("/");
    found[url] = `sha256-${createHash("sha256").update(await readFile(path)).digest("base64")}`;
  }
  return Object.fromEntries(Object.entries(found).sort(([a], [b]) => (a < b ? -1 : 1)));
}
