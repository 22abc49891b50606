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
      urlPattern: /\/_next\/static\/.+\.js$/,
      handler: "CacheFirst",
      // The mistake: this replaces the default that stores only successful responses.
      options: { cacheName: "scripts", plugins: [{ cacheWillUpdate: async ({ response }) => response }] },
    },
  ],
});
