#!/bin/bash
# Sees that there is a Chromium on the PATH, for the tests of the web page: root on Debian or its kin installs the package.
# Fails, with a sentence, where there is none and none can be had.
set -euo pipefail
cd "$(dirname "$0")/.."

for name in chromium chromium-browser google-chrome; do
  command -v $name > /dev/null && exit 0
done
give_up() {
  echo "There is no Chromium, and none could be installed ($1): install it, on Debian by 'apt-get install chromium', for the tests of the web page." >&2
  exit 1
}
command -v apt-get > /dev/null || give_up "that works on Debian and its kin only"
[ "$(id -u)" = 0 ] || give_up "that takes root"

mkdir -p artifacts
log=$PWD/artifacts/get-chromium.log
: > "$log"
echo "Installing Chromium ..." >&2
install() {
  DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends chromium fonts-dejavu-core >> "$log" 2>&1
}
# First by the package lists that the system has, then by fresh ones.
install || { apt-get update -q >> "$log" 2>&1 && install; } || give_up "see $log"
command -v chromium > /dev/null || give_up "see $log"
