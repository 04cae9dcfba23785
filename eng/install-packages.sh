#!/bin/bash
# Installs packages as root on Debian and its derivatives, and starts none of their services. If that fails, prints the
# reason and exits with 1.
#
#   eng/install-packages.sh <what it is called> <file for the output> <package>...
set -euo pipefail
name=$1 log=$2
shift 2

give_up() {
  echo "$1"
  exit 1
}
command -v apt-get > /dev/null || give_up "this works only on Debian and its derivatives"
[ "$(id -u)" = 0 ] || give_up "this requires root"

mkdir -p "$(dirname "$log")"
: > "$log"
echo "Installing $name ..." >&2
# Debian asks this file before a package starts its service (invoke-rc.d(8)).
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
  trap 'rm -f "$policy"' EXIT
  printf '#!/bin/sh\nexit 101\n' > "$policy"
  chmod +x "$policy"
fi
install() {
  DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "$@" >> "$log" 2>&1
}
# Tries the system's package lists first, then current ones.
install "$@" || { apt-get update -q >> "$log" 2>&1 && install "$@"; } || give_up "see $log"
