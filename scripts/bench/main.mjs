// The benchmark: runs both parts and prints their tables.

import { mkdtempSync, rmSync } from "node:fs";
import { availableParallelism, tmpdir, totalmem } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { findPlaces, sample } from "./measure.mjs";
import { paired } from "./paired.mjs";
import { whole } from "./whole.mjs";

const usage = (text) => {
  console.error(`bench: ${text}`);
  process.exit(2);
};

function read() {
  const option = (fallback) => ({ type: "string", default: fallback });
  const options = {
    root: option(),
    swapcheck: option(),
    modules: option(),
    runs: option("5"),
    variant: option("proven"),
    jobs: option("1,2,4,default"),
    only: option(),
  };
  let values;
  try {
    ({ values } = parseArgs({ options }));
  } catch (error) {
    usage(error.message);
  }
  const runs = Number(values.runs);
  if (!Number.isInteger(runs) || runs < 1) usage(`--runs must be at least 1, not ${values.runs}`);
  const jobs = values.jobs.split(",");
  const wrong = jobs.find((one) => !/^([1-9]\d*|default)$/.test(one));
  if (wrong !== undefined) usage(`--jobs takes numbers and \`default\`, not ${wrong}`);
  if (![undefined, "paired", "whole"].includes(values.only)) usage("--only takes paired or whole");
  return { ...values, runs, jobs };
}

const settings = read();
settings.temp = mkdtempSync(join(tmpdir(), "swapcheck-bench-"));
process.on("exit", () => rmSync(settings.temp, { recursive: true, force: true }));
for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => process.exit(130));

try {
  Object.assign(settings, await findPlaces(settings));
  console.error("bench: building what is missing; this takes minutes the first time");
  // This run is not measured: it warms up the builds and the system's file cache.
  const everything = settings.only === "paired" ? ["--variant", settings.variant] : [];
  const { report } = await sample(settings, ["--scenario", "returning-visit", ...everything]);
  const memory = Math.round(totalmem() / 2 ** 30);
  console.log(
    `${report.browser}, Node.js ${report.node}, Next.js ${report.next}, ${availableParallelism()} cores, ` +
      `${memory} GB of memory\n`,
  );
  if (settings.only !== "whole") console.log(await paired(settings));
  if (settings.only !== "paired") console.log(await whole(settings));
} catch (error) {
  console.error(`bench: ${error.message}`);
  process.exit(3);
}
