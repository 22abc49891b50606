// Writes public/sw.js of a built app: node build.mjs DIRECTORY.
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { injectManifest } from "workbox-build";

const directory = process.argv[2];
const bundled = fileURLToPath(new URL("bundled.js", import.meta.url));

await build({
  entryPoints: [fileURLToPath(new URL("sw.js", import.meta.url))],
  outfile: bundled,
  bundle: true,
  define: { "process.env.NODE_ENV": '"production"' },
});
await injectManifest({
  swSrc: bundled,
  swDest: join(directory, "public/sw.js"),
  globDirectory: join(directory, ".next"),
  globPatterns: ["static/**/*"],
  modifyURLPrefix: { "": "/_next/" },
  dontCacheBustURLsMatching: /^\/_next\/static\//,
  additionalManifestEntries: [{ url: "/offline", revision: process.env.NEXT_PUBLIC_RELEASE }],
});
