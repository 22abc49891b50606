// Writes public/sw.js of a built app: node build.mjs DIRECTORY.
import { join } from "node:path";
import { generateSW } from "workbox-build";

const cacheableResponse = { statuses: [200] };

await generateSW({
  swDest: join(process.argv[2], "public/sw.js"),
  inlineWorkboxRuntime: true,
  sourcemap: false,
  skipWaiting: true, // Updates are silent.
  clientsClaim: true,
  runtimeCaching: [
    {
      urlPattern: ({ sameOrigin, url }) => sameOrigin && url.pathname.startsWith("/_next/static/"),
      handler: "CacheFirst",
      options: { cacheName: "assets", cacheableResponse, expiration: { maxEntries: 200, purgeOnQuotaError: true } },
    },
    {
      urlPattern: ({ sameOrigin, request }) => sameOrigin && request.mode === "navigate",
      handler: "NetworkFirst",
      options: { cacheName: "pages", cacheableResponse, expiration: { maxEntries: 50 } },
    },
  ],
});
