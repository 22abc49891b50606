import withPWAInit from "@ducanh2912/next-pwa";

const stored = { statuses: [200] };
const day = 24 * 60 * 60;

const withPWA = withPWAInit({
  dest: "public",
  cacheStartUrl: false,
  dynamicStartUrl: false,
  workboxOptions: {
    skipWaiting: true,
    clientsClaim: true,
    cleanupOutdatedCaches: true,
    runtimeCaching: [
      {
        urlPattern: /\/_next\/static\/chunks\/.+\.js$/,
        handler: "NetworkFirst",
        options: {
          cacheName: "next-js-chunks",
          networkTimeoutSeconds: 3,
          cacheableResponse: stored,
          expiration: { maxEntries: 100, maxAgeSeconds: day, purgeOnQuotaError: true },
        },
      },
      {
        urlPattern: /\/_next\/static\/css\/.+\.css$/,
        handler: "CacheFirst",
        options: {
          cacheName: "next-css",
          cacheableResponse: stored,
          expiration: { maxEntries: 50, maxAgeSeconds: 30 * day },
        },
      },
    ],
  },
});

export default withPWA({
  generateBuildId: () => `release-${process.env.NEXT_PUBLIC_RELEASE ?? "dev"}`,
});
