#!/usr/bin/env bash
# Checks that everything that swapcheck needs to be built and run is installed: Rust, Node.js with npm, and a browser.
#
# On Debian and Ubuntu, installs what is missing from the system's packages, as root or with sudo. On other systems, or if
# the packages are unsuitable, says what to do. Quick if nothing is missing. Prints to standard error only.
#
# Exit codes: 0 nothing is missing; 3 something is missing.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
oldest_node=20.9
oldest_rust=$(sed -n 's/^rust-version = "\(.*\)"/\1/p' "$root/Cargo.toml")
advice=()

say() { printf '%s\n' "setup: $*" >&2; }

# Whether version $1 is at least version $2; compares major and minor only.
at_least() {
  local found wanted
  IFS=. read -r -a found <<<"$1"
  IFS=. read -r -a wanted <<<"$2"
  [[ ${found[0]:-} =~ ^[0-9]+$ && ${found[1]:-} =~ ^[0-9]+$ ]] || return 1
  ((found[0] > wanted[0] || (found[0] == wanted[0] && found[1] >= wanted[1])))
}

has() { command -v "$1" >/dev/null 2>&1; }

has_browser() {
  local one
  if [[ -n ${SWAPCHECK_BROWSER:-} ]]; then
    has "$SWAPCHECK_BROWSER"
    return
  fi
  # The places in which swapcheck looks (src/browser/find.rs).
  for one in /usr/lib/chromium/chromium-headless-shell /usr/lib/chromium/chromium \
    /usr/lib64/chromium-browser/headless_shell /usr/lib64/chromium-browser/chromium-browser \
    "/Applications/Chromium.app/Contents/MacOS/Chromium" \
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome" \
    "/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge"; do
    [[ -x $one ]] && return
  done
  for one in chromium-headless-shell chrome-headless-shell headless_shell chromium google-chrome-stable google-chrome \
    chrome microsoft-edge-stable microsoft-edge; do
    has "$one" && return
  done
  # On Ubuntu this can be a script that only says how to install the snap.
  has chromium-browser && chromium-browser --version >/dev/null 2>&1
}

# A browser that is set explicitly is not installed by this script.
no_browser_to_install() { [[ -n ${SWAPCHECK_BROWSER:-} ]] || has_browser; }

has_node() { has node && at_least "$(node -p process.versions.node 2>/dev/null)" "$oldest_node"; }

as_root() {
  if [[ $EUID -eq 0 ]]; then
    "$@"
  elif has sudo; then
    sudo "$@"
  else
    return 1
  fi
}

apt_get() {
  say "apt-get $*"
  as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq "$@" </dev/null >&2
}

# The version of a package that apt would install, without its epoch; empty if there is none.
candidate() {
  LC_ALL=C apt-cache policy "$1" 2>/dev/null | sed -n 's/^ *Candidate: \([0-9]*:\)\{0,1\}//p' | grep -v '^(none)$' || true
}

install_browser() {
  local packages=(chromium) one
  if [[ -z $(candidate chromium) || $(candidate chromium) == *snap* ]]; then
    # Ubuntu has Chromium only as a snap.
    if has snap && [[ -S /run/snapd.socket ]]; then
      say "this system has Chromium only as a snap; running snap install chromium"
      as_root snap install chromium </dev/null >&2 || true
    fi
    return
  fi
  for one in chromium-headless-shell chromium-sandbox; do
    [[ -z $(candidate "$one") ]] || packages+=("$one")
  done
  apt_get install --no-install-recommends "${packages[@]}" || true
}

install_node() {
  local offered packages=()
  offered=$(candidate nodejs)
  if has_node; then
    packages=(npm)
  elif at_least "$offered" "$oldest_node"; then
    packages=(nodejs)
    # Some Node.js packages include npm and conflict with a separate npm package.
    [[ $offered == *nodesource* ]] || packages+=(npm)
  else
    say "the system's package of Node.js is ${offered:-missing}; $oldest_node or newer is required"
    return
  fi
  apt_get install --no-install-recommends "${packages[@]}" || true
}

install_missing() {
  if ! has apt-get; then
    return
  elif [[ $EUID -ne 0 ]] && ! has sudo; then
    say "not root and no sudo: cannot install packages"
    return
  fi
  apt_get update || say "cannot update the package lists; continuing with the existing ones"
  no_browser_to_install || install_browser
  { has_node && has npm; } || install_node
}

if ! { no_browser_to_install && has_node && has npm; }; then
  install_missing
  # The shell may have cached that a program was missing, or an older one.
  hash -r
fi

if ! has_browser && [[ -n ${SWAPCHECK_BROWSER:-} ]]; then
  advice+=("SWAPCHECK_BROWSER is set to $SWAPCHECK_BROWSER, but there is no such program")
elif ! has_browser; then
  advice+=("no browser: install Chromium, Chrome or Edge (Debian: apt-get install chromium; Fedora: dnf install chromium;"
    "  macOS: brew install --cask chromium; Ubuntu, where Chromium is a snap: Google's package of Chrome),"
    "  or set SWAPCHECK_BROWSER to its path")
fi
if ! has_node; then
  advice+=("Node.js: found $(has node && node --version || echo none), $oldest_node or newer is required: install it with a version manager,"
    "  from nodejs.org, or from newer packages (Debian: trixie or later; macOS: brew install node)")
elif ! has npm; then
  advice+=("no npm: it comes with Node.js (Debian, Ubuntu: apt-get install npm; macOS: brew install node)")
fi
if ! has cargo || ! has rustc; then
  advice+=("no Rust: install $oldest_rust or newer with rustup (https://rustup.rs)")
else
  rust=$(cd "$root" && rustc --version | cut -d' ' -f2)
  at_least "$rust" "$oldest_rust" ||
    advice+=("Rust $rust is too old: $oldest_rust or newer is required (rustup update stable)")
fi

if ((${#advice[@]} > 0)); then
  say "missing:"
  printf '  %s\n' "${advice[@]}" >&2
  exit 3
fi
