import withPWAInit from "@ducanh2912/next-pwa";

const withPWA = withPWAInit({
  dest: "public",
  skipWaiting: false, // Belongs in `workboxOptions`.
  cacheStartUrl: false, // In the right place.
});

export default withPWA({
  generateBuildId: () => `release-${process.env.NEXT_PUBLIC_RELEASE ?? "dev"}`,
});
