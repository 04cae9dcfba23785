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
log=$PWD/artifacts/get-avahi.log
why=$(eng/install-packages.sh avahi "$log" avahi-daemon avahi-utils dbus) || give_up "$why"
has_avahi || give_up "see $log"
