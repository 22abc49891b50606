// The first part: the returning-visit scenario, run by swapcheck and by playwright-core in turn.

import { readdirSync, readFileSync, statSync } from "node:fs";
import { basename, extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { median, run, sample, table } from "./measure.mjs";

const STORY = fileURLToPath(new URL("story.mjs", import.meta.url));

/** swapcheck's story; its report tells how long the cell took, once servers and browser were up. */
async function ours(settings) {
  // Plain HTTP on both sides, so that neither needs to trust a certificate.
  const args = ["--http", "--variant", settings.variant, "--scenario", "returning-visit"];
  const { wall, report } = await sample(settings, args);
  const [cell] = report.cells;
  if (report.cells.length !== 1 || cell.verdict !== "pass") {
    throw new Error(`the scenario of ${settings.variant} must be one passing cell, but is ${JSON.stringify(cell)}`);
  }
  return { warm: cell.duration_ms / 1000, cold: wall };
}

async function theirs(settings, builds) {
  const args = [STORY, "--modules", settings.modules, "--browser", settings.browser, "--a", builds.A, "--b", builds.B];
  const { wall, code, stdout, stderr } = await run(process.execPath, args);
  if (code !== 0) throw new Error(`the scenario with playwright-core exited with ${code}:\n${stderr}${stdout}`);
  return { warm: JSON.parse(stdout).story_ms / 1000, cold: wall };
}

/** The two builds in a build cache that has been asked for those of one variant since `since`: it notes each use. */
function findBuilds(cache, since) {
  const below = (dir) => {
    try {
      return readdirSync(dir).map((name) => join(dir, name));
    } catch {
      return [];
    }
  };
  const used = (dir) => statSync(dir).mtimeMs >= since;
  const homes = below(cache).filter((dir) => basename(dir).startsWith("modules-"));
  const within = (part) => homes.flatMap((home) => below(join(home, part)).filter((dir) => !extname(dir) && used(dir)));
  // Builds with a worker added on top are in `release`; a variant whose build generates its worker is only in `next`.
  const found = within("release").length > 0 ? within("release") : within("next");
  const builds = {};
  for (const dir of found) {
    const page = readFileSync(join(dir, ".next/server/app/index.html"), "utf8");
    const release = page.match(/<meta name="release" content="([^"]+)"/)?.[1];
    if (builds[release]) throw new Error(`two builds of release ${release} were used: is another swapcheck running?`);
    builds[release] = dir;
  }
  if (!builds.A || !builds.B) throw new Error(`builds A and B are not both in ${cache}: found ${JSON.stringify(builds)}`);
  return builds;
}

export async function paired(settings) {
  const since = Date.now();
  await ours(settings);
  const builds = findBuilds(settings.cache, since);

  const runs = { ours: [], theirs: [] };
  for (let number = 1; number <= settings.runs; number += 1) {
    // The order alternates, so that neither side always runs after the other.
    for (const side of number % 2 === 1 ? ["ours", "theirs"] : ["theirs", "ours"]) {
      const time = side === "ours" ? await ours(settings) : await theirs(settings, builds);
      runs[side].push(time);
      const who = side === "ours" ? "swapcheck" : "playwright-core";
      console.error(`bench: ${who} ${number}: scenario ${time.warm.toFixed(2)} s, total ${time.cold.toFixed(2)} s`);
    }
  }
  const { version } = JSON.parse(readFileSync(join(settings.modules, "node_modules/playwright-core/package.json"), "utf8"));
  const row = (what, name) => {
    const [a, b] = [runs.ours, runs.theirs].map((times) => times.map((time) => time[name]));
    const spread = (times) => `${median(times).toFixed(2)} s (${Math.min(...times).toFixed(2)}–${Math.max(...times).toFixed(2)})`;
    const ratios = a.map((time, at) => time / b[at]);
    return [what, spread(a), spread(b), median(ratios).toFixed(2)];
  };
  const rows = [
    ["Returning visit", "swapcheck", `playwright-core ${version}`, "Ratio"],
    row("warm: the scenario alone, in a new browser context, with browser and servers running", "warm"),
    row("cold: the whole process, including start and end of both servers and the browser", "cold"),
  ];
  return (
    `The same scenario of \`${settings.variant}\`, ${settings.runs} times each in turn: medians (fastest to slowest), and ` +
    "the median of the ratios within pairs. Both sides use the same builds, the same browser binary, plain HTTP through " +
    "a proxy that swaps A for B and sends static assets with `no-store`, and watch equally long for unexpected reloads. " +
    "swapcheck also records and judges the whole trace.\n\n" +
    `${table(rows)}\n`
  );
}
