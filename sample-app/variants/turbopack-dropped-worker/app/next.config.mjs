import withPWAInit from "@ducanh2912/next-pwa";

const withPWA = withPWAInit({ dest: "public", register: false });

export default withPWA({
  generateBuildId: () => `release-${process.env.NEXT_PUBLIC_RELEASE ?? "dev"}`,
  turbopack: {}, // Without it, Next.js 16 refuses to build with a webpack configuration, and says so.
});
