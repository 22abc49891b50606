import withPWAInit from "@ducanh2912/next-pwa";

const stored = { statuses: [200] };
const day = 24 * 60 * 60;

const withPWA = withPWAInit({
  dest: "public",
  disable: process.env.NODE_ENV === "development",
  cacheStartUrl: false,
  dynamicStartUrl: false,
  fallbacks: { document: "/offline" },
  workboxOptions: {
    skipWaiting: false, // Open tabs keep the chunks of their release.
    clientsClaim: true,
    cleanupOutdatedCaches: true,
    runtimeCaching: [
      {
        urlPattern: /\/_next\/static\/chunks\/.+\.js$/,
        handler: "NetworkFirst",
        options: {
          cacheName: "js-chunks",
          networkTimeoutSeconds: 3,
          cacheableResponse: stored,
          expiration: { maxEntries: 100, maxAgeSeconds: day, purgeOnQuotaError: true },
        },
      },
      {
        urlPattern: /\/_next\/static\/(?!chunks).+$/,
        handler: "CacheFirst",
        options: {
          cacheName: "static-assets",
          cacheableResponse: stored,
          expiration: { maxEntries: 200, maxAgeSeconds: 30 * day },
        },
      },
      {
        // Any origin, and only paths of pages.
        urlPattern: ({ request, sameOrigin }) => sameOrigin && request.mode === "navigate",
        handler: "NetworkFirst",
        options: { cacheName: "pages", networkTimeoutSeconds: 3, cacheableResponse: stored },
      },
    ],
  },
});

export default withPWA({
  generateBuildId: () => `release-${process.env.NEXT_PUBLIC_RELEASE ?? "dev"}`,
});
