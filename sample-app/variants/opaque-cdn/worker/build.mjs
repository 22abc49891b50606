// Writes public/sw.js of a built app: node build.mjs DIRECTORY.
import { join } from "node:path";
import { generateSW } from "workbox-build";

await generateSW({
  swDest: join(process.argv[2], "public/sw.js"),
  inlineWorkboxRuntime: true,
  sourcemap: false,
  skipWaiting: true,
  clientsClaim: true,
  runtimeCaching: [
    {
      urlPattern: /^https:\/\/assets\..+\/_next\/static\/.+/,
      handler: "CacheFirst",
      // The mistake: a no-cors response of another origin has status 0, script or error.
      options: { cacheName: "cdn", cacheableResponse: { statuses: [0, 200] } },
    },
  ],
});
