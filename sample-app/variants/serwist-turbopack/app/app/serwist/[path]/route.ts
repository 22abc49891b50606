import { createSerwistRoute } from "@serwist/turbopack";

export const { dynamic, dynamicParams, revalidate, generateStaticParams, GET } = createSerwistRoute({
  swSrc: "app/sw.js",
  additionalPrecacheEntries: [{ url: "/offline", revision: process.env.NEXT_PUBLIC_RELEASE ?? "dev" }],
  useNativeEsbuild: true,
});
