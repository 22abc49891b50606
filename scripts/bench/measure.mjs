// Runs a program and measures it.

import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";

/** The unit of /proc/PID/stat: a hundredth of a second on every Linux. */
const TICKS = 100;

/** How often the memory of a running program is read. The value is its own high-water mark, so little is missed. */
const PERIOD_MS = 50;

export const median = (values) => {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
};

/** A Markdown table; the first row is its head. */
export const table = ([head, ...rows]) =>
  [head, head.map(() => "---"), ...rows].map((row) => `| ${row.join(" | ")} |`).join("\n");

/** The numbers of /proc/PID/stat from the state on; undefined where there is no such process, or no /proc. */
function stat(pid) {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "latin1");
    return text.slice(text.lastIndexOf(")") + 2).split(" ");
  } catch {
    return undefined;
  }
}

/** CPU seconds of the processes that this one has waited for, with those that they have waited for. */
function waitedFor() {
  const fields = stat("self");
  return fields && (Number(fields[13]) + Number(fields[14])) / TICKS;
}

function highWaterMark(pid) {
  try {
    const line = readFileSync(`/proc/${pid}/status`, "latin1").match(/^VmHWM:\s+(\d+) kB$/m);
    return line && Number(line[1]) / 1024;
  } catch {
    return undefined;
  }
}

/**
 * Runs a program to its end. Gives its exit code and output, its wall time, the peak of its own resident memory (its
 * children not counted), its own CPU time, and that of everything it started and waited for.
 */
export function run(program, args, env = {}) {
  return new Promise((resolve, reject) => {
    const before = waitedFor();
    const began = performance.now();
    const child = spawn(program, args, { env: { ...process.env, ...env }, stdio: ["ignore", "pipe", "pipe"] });
    const output = { stdout: "", stderr: "" };
    for (const name of ["stdout", "stderr"]) child[name].setEncoding("utf8").on("data", (text) => (output[name] += text));
    let peak;
    let own;
    const look = () => {
      peak = highWaterMark(child.pid) ?? peak;
      const fields = stat(child.pid);
      own = fields ? (Number(fields[11]) + Number(fields[12])) / TICKS : own;
    };
    const timer = setInterval(look, PERIOD_MS);
    const stop = () => child.kill("SIGTERM");
    process.once("exit", stop);
    let wall;
    child.on("exit", () => (wall = (performance.now() - began) / 1000));
    const over = () => {
      clearInterval(timer);
      process.off("exit", stop);
    };
    child.on("error", (error) => {
      over();
      reject(new Error(`cannot run ${program}: ${error.message}`));
    });
    child.on("close", (code, signal) => {
      over();
      resolve({ code: code ?? signal, ...output, wall, peak, own, all: before === undefined ? undefined : waitedFor() - before });
    });
  });
}

let reports = 0;

/** Runs `swapcheck sample` and reads its report. */
export async function sample(settings, args) {
  const file = join(settings.temp, `report-${(reports += 1)}.json`);
  const places = ["--sample-app", join(settings.root, "sample-app"), "--cache", settings.cache];
  const measured = await run(settings.swapcheck, [
    "sample",
    ...places,
    "--browser",
    settings.browser,
    "--json",
    file,
    ...args,
  ]);
  // Cells that are not as expected count too; the tables say how many there are.
  if (measured.code !== 0 && measured.code !== 1) {
    const said = measured.stderr + measured.stdout;
    throw new Error(`swapcheck ${["sample", ...args].join(" ")} ended with ${measured.code}:\n${said}`);
  }
  return { ...measured, report: JSON.parse(readFileSync(file, "utf8")) };
}

/** The browser and the build cache that swapcheck takes by itself. */
export async function findPlaces({ swapcheck, root }) {
  const { stdout, code } = await run(swapcheck, ["doctor", "--sample-app", join(root, "sample-app")]);
  const browser = stdout.match(/^ok +browser +\S+ at (.+) \(sandbox /m)?.[1];
  const cache = stdout.match(/^ok +cache +(.+) \([\d.]+ GB free\)$/m)?.[1];
  if (code !== 0 || !browser || !cache) throw new Error(`swapcheck doctor ended with ${code}:\n${stdout}`);
  return { browser, cache };
}
