#!/usr/bin/env bash
# Installs what is missing, and runs everything that must be green: formatting, lints, documentation, and all tests.
# Of the table in a real browser it runs the core, which is chosen by rule (CONTRIBUTING.md). The first run builds the
# sample app, which takes minutes.
#
# Usage: scripts/test.sh [--whole]
#   --whole   run every cell of the table, as the nightly job does
set -euo pipefail

case ${1:-} in
  "") export SWAPCHECK_TIER=core ;;
  --whole) export SWAPCHECK_TIER=whole ;;
  *)
    echo "usage: scripts/test.sh [--whole]" >&2
    exit 2
    ;;
esac

cd "$(dirname "${BASH_SOURCE[0]}")/.."

step() {
  local began=$SECONDS code=0
  printf '\n==> %s\n' "$*"
  "$@" || code=$?
  if ((code != 0)); then
    printf '==> failed with exit code %s after %s s: %s\n' "$code" "$((SECONDS - began))" "$*"
    exit "$code"
  fi
  printf '==> done in %s s: %s\n' "$((SECONDS - began))" "$*"
}

step scripts/setup.sh
step cargo fmt --check
step cargo clippy --all-targets --locked -- -D warnings
step env RUSTDOCFLAGS="-D warnings" cargo doc --no-deps --locked
# One profile for everything: a second one would compile every dependency once more.
step cargo test --locked
