#!/bin/bash
# Makes sure that avahi's daemon and browser and dbus-daemon are on the PATH: an independent implementation of DNS-SD,
# against which the announcements on the local network are tested. Installs the packages as root on Debian and its
# derivatives, without starting their services; otherwise fails with an explanation.
set -euo pipefail
cd "$(dirname "$0")/.."

has_avahi() { { command -v avahi-daemon && command -v avahi-browse && command -v dbus-daemon; } > /dev/null; }
give_up() {
  echo "avahi was not found, and it could not be installed ($1). One test of the local network needs it." >&2
  exit 1
}
has_avahi && exit 0
command -v apt-get > /dev/null || give_up "this works only on Debian and its derivatives"
[ "$(id -u)" = 0 ] || give_up "this requires root"

mkdir -p artifacts
log=$PWD/artifacts/get-avahi.log
: > "$log"
echo "Installing avahi ..." >&2
# Debian asks this file before a package starts its service (invoke-rc.d(8)).
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
  trap 'rm -f "$policy"' EXIT
  printf '#!/bin/sh\nexit 101\n' > "$policy"
  chmod +x "$policy"
fi
install() {
  DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends avahi-daemon avahi-utils dbus \
    >> "$log" 2>&1
}
# Tries the system's package lists first, then current ones.
install || { apt-get update -q >> "$log" 2>&1 && install; } || give_up "see $log"
has_avahi || give_up "see $log"
