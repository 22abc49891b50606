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
      // The mistake: an answer of another origin has status 0 whether it is a script or an error.
      options: { cacheName: "cdn", cacheableResponse: { statuses: [0, 200] } },
    },
  ],
});
