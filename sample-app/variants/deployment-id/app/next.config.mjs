import withPWAInit from "@ducanh2912/next-pwa";

const withPWA = withPWAInit({ dest: "public" });

export default withPWA({
  deploymentId: `release-${process.env.NEXT_PUBLIC_RELEASE ?? "dev"}`,
});
