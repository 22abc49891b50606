#!/usr/bin/env bash
# Measures swapcheck, and prints tables in Markdown: the returning-visit story against playwright-core, paired in one
# run, and the whole sample from cached builds with several numbers of jobs.
#
# Usage: scripts/bench.sh [--runs N] [--variant NAME] [--jobs LIST] [--only paired|whole]
#   --runs N        stories for each side (default 5)
#   --variant NAME  the variant whose builds both sides use (default proven)
#   --jobs LIST     numbers of jobs for the whole sample (default 1,2,4,default)
#   --only PART     only this part
#
# Exit codes: 0 measured; 2 wrong usage; 3 it could not be measured.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
"$root/scripts/setup.sh"
cargo build --release --locked --manifest-path "$root/Cargo.toml"
target=${CARGO_TARGET_DIR:-$root/target}

# Outside of the tree, installed once for each lockfile.
modules=${XDG_CACHE_HOME:-$HOME/.cache}/swapcheck-bench
if ! cmp -s "$root/scripts/bench/package-lock.json" "$modules/node_modules/.installed-lock.json"; then
  echo "installing playwright-core into $modules" >&2
  mkdir -p "$modules"
  cp "$root"/scripts/bench/{package.json,package-lock.json,.npmrc} "$modules"
  (cd "$modules" && npm ci --no-audit --no-fund >&2)
  cp "$modules/package-lock.json" "$modules/node_modules/.installed-lock.json"
fi

exec node "$root/scripts/bench/main.mjs" --root "$root" --swapcheck "$target/release/swapcheck" --modules "$modules" "$@"
