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
log=$PWD/artifacts/get-chromium.log
why=$(eng/install-packages.sh Chromium "$log" chromium fonts-dejavu-core) || give_up "$why"
command -v chromium > /dev/null || give_up "see $log"
