#!/bin/bash
# Makes sure that Chromium is on the PATH, for the tests of the web page. Installs the package as root on Debian and its
# derivatives; otherwise fails with an explanation.
set -euo pipefail
cd "$(dirname "$0")/.."

for name in chromium chromium-browser google-chrome; do
  command -v $name > /dev/null && exit 0
done
give_up() {
  echo "Chromium was not found, and it could not be installed ($1)." >&2
  echo "Install it (on Debian: apt-get install chromium) to run the tests of the web page." >&2
  exit 1
}
command -v apt-get > /dev/null || give_up "this works only on Debian and its derivatives"
[ "$(id -u)" = 0 ] || give_up "this requires root"

mkdir -p artifacts
log=$PWD/artifacts/get-chromium.log
: > "$log"
echo "Installing Chromium ..." >&2
install() {
  DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends chromium fonts-dejavu-core >> "$log" 2>&1
}
# Tries the system's package lists first, then current ones.
install || { apt-get update -q >> "$log" 2>&1 && install; } || give_up "see $log"
command -v chromium > /dev/null || give_up "see $log"
