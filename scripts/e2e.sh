#!/usr/bin/env bash
# Installs what is missing, builds swapcheck, and runs the whole table: `swapcheck sample` with the given arguments. The
# exit code is that of swapcheck, or 3 if something is missing.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
"$root/scripts/setup.sh"
export SWAPCHECK_SAMPLE_APP=${SWAPCHECK_SAMPLE_APP:-$root/sample-app}
exec cargo run --quiet --locked --manifest-path "$root/Cargo.toml" -- sample "$@"
