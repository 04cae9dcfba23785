#!/bin/bash
# Writes docker-compose.yaml from the app model. Aspire's compose publisher is a package (Aspire.Hosting.Docker) that
# not every NuGet source carries, so this build of the AppHost has its own output directory, artifacts/publisher.
#
#   deploy/publish.sh [DIRECTORY]   writes to DIRECTORY; deploy/ by default
#   deploy/publish.sh --available   only says whether the package is available
#
# Exit code 3: the package is not available.
set -euo pipefail
from=$PWD
cd "$(dirname "$0")/.."
exec < /dev/null
export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1 MSBUILDDISABLENODEREUSE=1

home=$PWD/artifacts/publisher
log=$home/publish.log
options=(--artifacts-path "$home" -p:ComposePublisher=true -p:RunAnalyzers=false)
version=$(sed -n 's|.*<AspireVersion>\(.*\)</AspireVersion>.*|\1|p' Directory.Packages.props)
# A missing package is remembered for a day, because test.sh asks each time.
missing=$home/no-publisher-$version
probe=false
output=$PWD/deploy
case ${1:-} in
  '') ;;
  --available) probe=true ;;
  /*) output=$1 ;;
  *) output=$from/$1 ;;
esac
mkdir -p "$home"

not_available() {
  echo "Your NuGet sources have no Aspire.Hosting.Docker $version: add a source that has it, and run this again." >&2
  exit 3
}
fail() {
  tail -n 20 "$log" >&2
  echo "$1 See $log." >&2
  exit 1
}

if $probe && [ -n "$(find "$missing" -mtime -1 2> /dev/null)" ]; then not_available; fi
rm -f "$missing"
# A source that does not respond must not delay the tests.
limit=()
! $probe || limit=(timeout 120)
if ! "${limit[@]}" dotnet restore P2PChat.AppHost "${options[@]}" > "$log" 2>&1; then
  grep -qE 'NU110[123]: .*Aspire\.Hosting\.Docker' "$log" || fail "The AppHost's packages could not be restored."
  touch "$missing"
  not_available
fi
! $probe || exit 0

dotnet build P2PChat.AppHost --no-restore -c Release "${options[@]}" > "$log" 2>&1 \
  || fail "The AppHost does not build with the compose publisher."
# Its settings are in its own directory. Without --step it would run every step, deployment included.
cd P2PChat.AppHost
dotnet exec "$home/bin/P2PChat.AppHost/release/P2PChat.AppHost.dll" \
  --operation publish --step publish --output-path "$output" > "$log" 2>&1 \
  || fail "Aspire could not publish the compose file."
echo "Wrote $output/docker-compose.yaml."
