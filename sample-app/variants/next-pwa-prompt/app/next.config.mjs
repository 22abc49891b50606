import withPWAInit from "@ducanh2912/next-pwa";

const withPWA = withPWAInit({
  dest: "public",
  register: false, // The page registers the worker itself, to see it waiting.
  workboxOptions: {
    skipWaiting: false,
    clientsClaim: true,
  },
});

export default withPWA({
  generateBuildId: () => `release-${process.env.NEXT_PUBLIC_RELEASE ?? "dev"}`,
});
