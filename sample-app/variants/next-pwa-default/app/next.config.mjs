import withPWAInit from "@ducanh2912/next-pwa";

const withPWA = withPWAInit({ dest: "public" });

export default withPWA({
  generateBuildId: () => `release-${process.env.NEXT_PUBLIC_RELEASE ?? "dev"}`,
});
