import { withSerwist } from "@serwist/turbopack";

export default withSerwist({
  generateBuildId: () => `release-${process.env.NEXT_PUBLIC_RELEASE ?? "dev"}`,
});
