const release = process.env.NEXT_PUBLIC_RELEASE ?? "dev";

/** @type {import("next").NextConfig} */
export default {
  generateBuildId: () => `release-${release}`,
  env: { APP_VERSION: release }, // What the endpoint compares with. Unset, it would wipe current visitors as well.
};
