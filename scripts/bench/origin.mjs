// A small origin for playwright-core: the servers of two builds, behind a proxy that swaps them.

import { spawn } from "node:child_process";
import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { Agent, createServer, request } from "node:http";
import { createServer as createListener } from "node:net";
import { dirname, extname, join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";

/** How long a server may take to its first answer, and how often it is tried, as in src/release/server.rs. */
const DEADLINE_MS = 60_000;
const PAUSE_MS = 20;

/** The extensions of src/origin/matching.rs. */
const STATIC = new Set(
  ".js .mjs .css .map .wasm .woff .woff2 .ttf .otf .png .jpg .jpeg .gif .svg .webp .avif .ico .webm".split(" "),
);

// As in src/origin/proxy.rs: the server may close a reused connection just when a request is sent.
const agent = new Agent({ keepAlive: false });

for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => process.exit(130));

function freePort() {
  return new Promise((resolve, reject) => {
    const listener = createListener().on("error", reject);
    listener.listen(0, "127.0.0.1", () => {
      const { port } = listener.address();
      listener.close(() => resolve(port));
    });
  });
}

/** What a server answers. */
function ask(port, path, headers = {}) {
  return new Promise((resolve, reject) => {
    const sent = request({ agent, host: "127.0.0.1", port, path, headers }, (answer) => {
      const chunks = [];
      answer.on("data", (chunk) => chunks.push(chunk));
      answer.on("end", () => resolve({ status: answer.statusCode, body: Buffer.concat(chunks) }));
      answer.on("error", reject);
    });
    sent.on("error", reject).end();
  });
}

/** Serves a copy of a build with `next start`, as src/release/build.rs does. */
export async function serve(build) {
  const home = dirname(dirname(build));
  const dir = mkdtempSync(join(home, "run", "bench-"));
  cpSync(build, dir, { recursive: true });
  const port = await freePort();
  const next = join(home, "node_modules/next/dist/bin/next");
  const env = { ...process.env, NEXT_TELEMETRY_DISABLED: "1", NODE_ENV: "production" };
  const args = [next, "start", "-H", "127.0.0.1", "-p", String(port)];
  const child = spawn(process.execPath, args, { cwd: dir, env, detached: true, stdio: ["ignore", "ignore", "inherit"] });
  const kill = (signal) => {
    try {
      process.kill(-child.pid, signal);
    } catch {
      // It has already exited.
    }
  };
  const gone = new Promise((resolve) => child.once("exit", resolve));
  process.on("exit", () => {
    kill("SIGKILL");
    rmSync(dir, { recursive: true, force: true });
  });
  const until = performance.now() + DEADLINE_MS;
  while (!(await ask(port, "/").then(() => true, () => false))) {
    if (child.exitCode !== null) throw new Error(`next start exited with ${child.exitCode} before it responded`);
    if (performance.now() > until) throw new Error(`next start did not respond on port ${port} within 60 s`);
    await pause(PAUSE_MS);
  }
  return {
    port,
    ask: (path, headers) => ask(port, path, headers),
    end: () => (kill("SIGTERM"), gone),
  };
}

/** An origin with one address, which serves `release` until it is told to swap. */
export function origin(release) {
  let current = release;
  const server = createServer((asked, answer) => {
    const path = asked.url.split("?")[0];
    const asset =
      asked.headers["service-worker"] !== "script" &&
      asked.headers["sec-fetch-dest"] !== "document" &&
      (path.startsWith("/_next/static/") || STATIC.has(extname(path)));
    const { method, url, headers } = asked;
    const passed = request({ agent, host: "127.0.0.1", port: current.port, method, path: url, headers }, (got) => {
      answer.writeHead(got.statusCode, { ...got.headers, ...(asset && { "cache-control": "no-store" }) });
      got.pipe(answer);
    });
    passed.on("error", () => answer.destroy());
    answer.on("close", () => passed.destroy());
    asked.pipe(passed);
  });
  return new Promise((resolve, reject) => {
    server.on("error", reject).listen(0, "127.0.0.1", () => {
      resolve({
        base: `http://bench.localhost:${server.address().port}`,
        swap: (next) => (current = next),
        close: () => (server.close(), server.closeAllConnections()),
      });
    });
  });
}
