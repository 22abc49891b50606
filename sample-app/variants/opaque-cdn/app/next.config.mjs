/** @type {import("next").NextConfig} */
export default {
  // The host that swapcheck's origin serves as a CDN.
  assetPrefix: "https://assets.swapcheck.example",
  // The build id is the release, so that two builds of one release are identical.
  generateBuildId: () => `release-${process.env.NEXT_PUBLIC_RELEASE ?? "dev"}`,
};
