const release = process.env.NEXT_PUBLIC_RELEASE ?? "dev";

/** @type {import("next").NextConfig} */
export default {
  generateBuildId: () => `release-${release}`,
  env: { APP_VERSION: release }, // The guide does not set it. Unset, the endpoint also resets current visitors.
};
