/** @type {import("next").NextConfig} */
export default {
  // The build id is the release, so that two builds of one release are identical.
  generateBuildId: () => `release-${process.env.NEXT_PUBLIC_RELEASE ?? "dev"}`,
};
