#!/usr/bin/env bash
# Measures swapcheck and prints Markdown tables: the returning-visit scenario compared with playwright-core, in paired
# runs, and the whole sample table from cached builds with different numbers of jobs.
#
# Usage: scripts/bench.sh [--runs N] [--variant NAME] [--jobs LIST] [--only paired|whole]
#   --runs N        runs for each side (default 5)
#   --variant NAME  the variant whose builds both sides use (default proven)
#   --jobs LIST     numbers of jobs for the whole table (default 1,2,4,default)
#   --only PART     run only this part
#
# Exit codes: 0 measured; 2 invalid usage; 3 the measurement failed.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
"$root/scripts/setup.sh"
cargo build --release --locked --manifest-path "$root/Cargo.toml"
target=${CARGO_TARGET_DIR:-$root/target}

# Installed outside of the source tree, once per lockfile.
modules=${XDG_CACHE_HOME:-$HOME/.cache}/swapcheck-bench
if ! cmp -s "$root/scripts/bench/package-lock.json" "$modules/node_modules/.installed-lock.json"; then
  echo "installing playwright-core into $modules" >&2
  mkdir -p "$modules"
  cp "$root"/scripts/bench/{package.json,package-lock.json,.npmrc} "$modules"
  (cd "$modules" && npm ci --no-audit --no-fund >&2)
  cp "$modules/package-lock.json" "$modules/node_modules/.installed-lock.json"
fi

exec node "$root/scripts/bench/main.mjs" --root "$root" --swapcheck "$target/release/swapcheck" --modules "$modules" "$@"
