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
command -v apt-get > /dev/null || give_up "this works only on Debian and its derivatives"
[ "$(id -u)" = 0 ] || give_up "this requires root"

mkdir -p artifacts
log=$PWD/artifacts/get-coturn.log
: > "$log"
echo "Installing coturn ..." >&2
# Debian asks this file before a package starts its service (invoke-rc.d(8)).
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
  trap 'rm -f "$policy"' EXIT
  printf '#!/bin/sh\nexit 101\n' > "$policy"
  chmod +x "$policy"
fi
install() { DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends coturn >> "$log" 2>&1; }
# Tries the system's package lists first, then current ones.
install || { apt-get update -q >> "$log" 2>&1 && install; } || give_up "see $log"
has_coturn || give_up "see $log"
