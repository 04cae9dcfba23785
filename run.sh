#!/bin/sh
# Builds P2PChat and starts it whole: Redis, the directory and the peers of P2PChat.AppHost/appsettings.json. Ctrl-C ends it.
#
#   ./run.sh [--dashboard] [AppHost arguments, such as Redis:Mode=none or Peers:Names=alice,bob]
#
# --dashboard: on a feed that carries Aspire its dashboard is always there; on a restricted one this fetches and starts it.
set -eu
cd "$(dirname "$0")"

dashboard=false
if [ "${1:-}" = --dashboard ]; then
  dashboard=true
  shift
fi

if ! command -v dotnet > /dev/null || ! dotnet --version > /dev/null 2>&1; then
  echo "P2PChat needs the .NET 10 SDK, which is not on the PATH: install it from https://dot.net, then run this again." >&2
  exit 1
fi
eng/restricted-feed/detect.sh

restricted=${RestrictedFeed:-$(sed -n 's|.*<RestrictedFeed [^>]*>\(.*\)</RestrictedFeed>|\1|p' artifacts/feed.props)}
if [ $dashboard = true ] && [ "$restricted" = true ]; then
  . eng/restricted-feed/dashboard.sh
fi

# Where the environment says which feed it is, nobody else has made it.
mkdir -p artifacts
echo "Building ..."
if ! dotnet build P2PChat.AppHost --nologo > artifacts/build.log 2>&1; then
  cat artifacts/build.log >&2
  exit 1
fi

# The built AppHost, and not `dotnet run`, takes this shell's place: whatever signal this process gets, the AppHost gets. What
# `dotnet run` would take from the launch profile is taken from there here.
cd P2PChat.AppHost
profile=Properties/launchSettings.json
eval "$(sed -n \
  -e 's|^ *"applicationUrl": "\(.*\)",*$|export ASPNETCORE_URLS=${ASPNETCORE_URLS:-\1}|p' \
  -e 's|^ *"\([A-Z_]*\)": "\(.*\)",*$|export \1=${\1:-\2}|p' "$profile")"
exec dotnet bin/Debug/net10.0/P2PChat.AppHost.dll "$@"
