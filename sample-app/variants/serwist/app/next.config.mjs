import withSerwistInit from "@serwist/next";

const release = process.env.NEXT_PUBLIC_RELEASE ?? "dev";

const withSerwist = withSerwistInit({
  swSrc: "app/sw.js",
  swDest: "public/sw.js",
  additionalPrecacheEntries: [{ url: "/offline", revision: release }],
});

export default withSerwist({
  generateBuildId: () => `release-${release}`,
});
