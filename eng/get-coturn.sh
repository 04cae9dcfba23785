#!/bin/bash
# Makes sure that coturn's server and clients are on the PATH: an independent implementation of STUN, against which
# P2PChat's own and the routers of the network lab are tested. Installs the package as root on Debian and its
# derivatives, without starting its service; otherwise fails with an explanation.
set -euo pipefail
cd "$(dirname "$0")/.."

has_coturn() { { command -v turnserver && command -v turnutils_natdiscovery; } > /dev/null; }
give_up() {
  echo "coturn was not found, and it could not be installed ($1). Some tests of STUN need it." >&2
  exit 1
}
has_coturn && exit 0
log=$PWD/artifacts/get-coturn.log
why=$(eng/install-packages.sh coturn "$log" coturn) || give_up "$why"
has_coturn || give_up "see $log"
