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

log=$PWD/artifacts/get-network-lab.log
if ! has_tools; then
  why=$(eng/install-packages.sh 'iproute2 and nftables' "$log" iproute2 nftables) || give_up "$why"
  has_tools || give_up "see $log"
fi

# Root in a container may lack the right to do this, or the kernel may lack a part.
mkdir -p artifacts
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
