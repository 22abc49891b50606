#!/usr/bin/env bash
# Makes sure that everything is there that swapcheck needs to be built and run: Rust, Node.js with npm, and a browser.
#
# On Debian and Ubuntu what is missing is installed by the system's packages, as root or with sudo. Elsewhere, and where
# the packages are no good, it says what to do. Quick when nothing is missing. Speaks on standard error only.
#
# Exit codes: 0 all is there; 3 something is missing.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
oldest_node=20.9
oldest_rust=$(sed -n 's/^rust-version = "\(.*\)"/\1/p' "$root/Cargo.toml")
advice=()

say() { printf '%s\n' "setup: $*" >&2; }

# Whether version $1 is at least version $2; only major and minor count.
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
  # On Ubuntu this may be a script that only says how to install the snap.
  has chromium-browser && chromium-browser --version >/dev/null 2>&1
}

# A browser that is named is not for us to install.
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

# The version of a package that apt would install, without its epoch; nothing when there is none.
candidate() {
  LC_ALL=C apt-cache policy "$1" 2>/dev/null | sed -n 's/^ *Candidate: \([0-9]*:\)\{0,1\}//p' | grep -v '^(none)$' || true
}

install_browser() {
  local packages=(chromium) one
  if [[ -z $(candidate chromium) || $(candidate chromium) == *snap* ]]; then
    # Ubuntu has no package of Chromium but the snap.
    if has snap && [[ -S /run/snapd.socket ]]; then
      say "this system has Chromium as a snap only; snap install chromium"
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
    # Some packages of Node.js bring npm along and refuse another.
    [[ $offered == *nodesource* ]] || packages+=(npm)
  else
    say "the system's packages have Node.js ${offered:-not at all}, and $oldest_node or newer is needed"
    return
  fi
  apt_get install --no-install-recommends "${packages[@]}" || true
}

install_missing() {
  if ! has apt-get; then
    return
  elif [[ $EUID -ne 0 ]] && ! has sudo; then
    say "not root, and there is no sudo: nothing can be installed"
    return
  fi
  apt_get update || say "the lists of packages could not be brought up to date; going on with those that are there"
  no_browser_to_install || install_browser
  { has_node && has npm; } || install_node
}

if ! { no_browser_to_install && has_node && has npm; }; then
  install_missing
  # What was just installed may stand where the shell had found nothing, or something older.
  hash -r
fi

if ! has_browser && [[ -n ${SWAPCHECK_BROWSER:-} ]]; then
  advice+=("SWAPCHECK_BROWSER names $SWAPCHECK_BROWSER, and there is no such program")
elif ! has_browser; then
  advice+=("no browser: install Chromium, Chrome or Edge (Debian: apt-get install chromium; Fedora: dnf install chromium;"
    "  macOS: brew install --cask chromium; Ubuntu, whose Chromium is a snap: the package of Google Chrome from its maker),"
    "  or name one with SWAPCHECK_BROWSER")
fi
if ! has_node; then
  advice+=("Node.js: $(has node && node --version || echo none), and $oldest_node or newer is needed: install it by a version manager,"
    "  from nodejs.org, or from newer packages (Debian: trixie or later; macOS: brew install node)")
elif ! has npm; then
  advice+=("no npm: it comes with Node.js (Debian, Ubuntu: apt-get install npm; macOS: brew install node)")
fi
if ! has cargo || ! has rustc; then
  advice+=("no Rust: install $oldest_rust or newer by rustup (https://rustup.rs)")
else
  rust=$(cd "$root" && rustc --version | cut -d' ' -f2)
  at_least "$rust" "$oldest_rust" ||
    advice+=("Rust $rust is too old: $oldest_rust or newer is needed (rustup update stable)")
fi

if ((${#advice[@]} > 0)); then
  say "something is missing:"
  printf '  %s\n' "${advice[@]}" >&2
  exit 3
fi
