#!/bin/bash
# Connects peers behind all kinds of routers to each other, and prints which path each pair found and how fast.
# Requires root on Linux. Takes about five minutes. Exits with 1 if a pair did not find the expected path
# (P2PChat.Tests/Network/NatPairs.cs).
#
#   eng/nat-table.sh              builds, and runs all pairs
#   eng/nat-table.sh --no-build   runs all pairs
set -euo pipefail
cd "$(dirname "$0")/.."
exec < /dev/null
export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1 MSBUILDDISABLENODEREUSE=1

case "${1:-}" in
  "") build=yes ;;
  --no-build) build= ;;
  *)
    echo "'$1' is not an option of $0. Use --no-build, or nothing." >&2
    exit 2
    ;;
esac
eng/get-network-lab.sh
[ -z "$build" ] || dotnet build P2PChat.Tests --configuration Release -warnaserror -warnnotaserror:NU1603

mkdir -p artifacts
export P2PCHAT_NAT_PAIRS=all P2PCHAT_NAT_TABLE=$PWD/artifacts/nat-table.txt
rm -f "$P2PCHAT_NAT_TABLE"
status=0
dotnet test P2PChat.Tests --configuration Release --no-build --filter FullyQualifiedName~NatPairTests || status=$?
[ ! -f "$P2PCHAT_NAT_TABLE" ] || cat "$P2PCHAT_NAT_TABLE"
exit "$status"
