#!/bin/bash
# Makes sure that this machine can run the network lab (P2PChat.Tests/Network): ip and nft are on the PATH, and the
# kernel lets this process create network namespaces with NATs. Installs the packages as root on Debian and its
# derivatives; otherwise fails with an explanation.
set -euo pipefail
cd "$(dirname "$0")/.."

has_tools() { { command -v ip && command -v nft; } > /dev/null; }
give_up() {
  echo "The network lab cannot run here: $1. Tests of peers behind NATs need it." >&2
  exit 1
}
[ "$(id -u)" = 0 ] || give_up "it requires root"

mkdir -p artifacts
log=$PWD/artifacts/get-network-lab.log
: > "$log"
if ! has_tools; then
  command -v apt-get > /dev/null || give_up "iproute2 or nftables is missing, and only Debian's can be installed"
  echo "Installing iproute2 and nftables ..." >&2
  install() {
    DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends iproute2 nftables >> "$log" 2>&1
  }
  # Tries the system's package lists first, then current ones.
  install || { apt-get update -q >> "$log" 2>&1 && install; } || give_up "see $log"
  has_tools || give_up "see $log"
fi

# Root in a container may lack the right to do this, or the kernel may lack a part.
name=p2pchat-try-$$
trap 'ip netns delete $name 2> /dev/null || true' EXIT
{
  ip netns add $name &&
    ip -n $name link add name wan type veth peer name port &&
    ip -n $name link add name lan type bridge &&
    ip netns exec $name nft -f - <<< 'table ip nat {
      chain postrouting {
        type nat hook postrouting priority srcnat
        oifname wan masquerade fully-random
      }
    }'
} >> "$log" 2>&1 || give_up "network namespaces, bridges or NATs are not available, see $log"
