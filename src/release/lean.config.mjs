// Stands in front of the app's own configuration while Next builds. It leaves out work that no served file depends on.
import own from "./next.config.own.mjs";

export default async (phase, context) => {
  const config = typeof own === "function" ? await own(phase, context) : await own;
  const lean = {
    ...config,
    // Both releases have the same sources, so one of them is checked.
    typescript: { ...config.typescript, ignoreBuildErrors: process.env.NEXT_PUBLIC_RELEASE !== "A" },
    // Lists of the files that a deployment has to copy: here it has them all.
    outputFileTracingExcludes: { "*": ["**/*"] },
  };
  // Turbopack refuses any configuration of webpack beside it.
  if (process.env.SWAPCHECK_BUNDLER === "webpack") {
    lean.webpack = (webpack, options) => {
      const made = config.webpack ? config.webpack(webpack, options) : webpack;
      // What one release leaves is of no use to the other, as its name is in it.
      return Object.assign(made, { cache: false });
    };
  }
  return lean;
};
