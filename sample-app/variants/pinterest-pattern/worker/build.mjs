// Writes public/sw.js of a built app: node build.mjs DIRECTORY.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { generateSW } from "workbox-build";

const directory = process.argv[2];
const { rootMainFiles, polyfillFiles } = JSON.parse(await readFile(join(directory, ".next/build-manifest.json"), "utf8"));
const cacheableResponse = { statuses: [200] };

await generateSW({
  swDest: join(directory, "public/sw.js"),
  inlineWorkboxRuntime: true,
  sourcemap: false,
  skipWaiting: true,
  clientsClaim: true,
  cleanupOutdatedCaches: true,
  // The bundles that every page needs: the runtime, the libraries and the entry.
  globDirectory: join(directory, ".next"),
  globPatterns: [...rootMainFiles, ...polyfillFiles],
  modifyURLPrefix: { "": "/_next/" },
  dontCacheBustURLsMatching: /^\/_next\/static\//,
  runtimeCaching: [
    {
      urlPattern: ({ sameOrigin, url }) => sameOrigin && /^\/_next\/static\/.+\.(js|css)$/.test(url.pathname),
      handler: "CacheFirst",
      options: { cacheName: "bundles", cacheableResponse, expiration: { maxEntries: 200, purgeOnQuotaError: true } },
    },
    {
      // The shell is served at once and updated for the next visit.
      urlPattern: ({ sameOrigin, request }) => sameOrigin && request.mode === "navigate",
      handler: "StaleWhileRevalidate",
      options: { cacheName: "shell", cacheableResponse, expiration: { maxEntries: 50 } },
    },
  ],
});
