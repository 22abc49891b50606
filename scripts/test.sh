#!/usr/bin/env bash
# Installs what is missing, and runs everything that has to be green: formatting, lints, and all tests, among them one
# for every cell of the table in a real browser. The first run builds the sample app, which takes minutes.
set -euo pipefail

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
# One profile for everything: a second one would compile every dependency once more.
step cargo test --locked
