import withPWAInit from "@ducanh2912/next-pwa";

const withPWA = withPWAInit({
  dest: "public",
  skipWaiting: false, // Belongs into `workboxOptions`.
  cacheStartUrl: false, // Is in its right place.
});

export default withPWA({
  generateBuildId: () => `release-${process.env.NEXT_PUBLIC_RELEASE ?? "dev"}`,
});
