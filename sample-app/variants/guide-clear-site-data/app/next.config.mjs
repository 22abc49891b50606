const release = process.env.NEXT_PUBLIC_RELEASE ?? "dev";

/** @type {import("next").NextConfig} */
export default {
  generateBuildId: () => `release-${release}`,
  env: { APP_VERSION: release }, // The guide leaves it open. Unset, the endpoint wipes current visitors as well.
};
