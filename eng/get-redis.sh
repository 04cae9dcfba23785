#!/bin/bash
# Provides a redis-server if the PATH has none: unpacks Debian's package and its missing dependencies into
# artifacts/redis, which needs neither root nor an installation. Prints the directory to add to the PATH, if any.
set -euo pipefail
cd "$(dirname "$0")/.."

command -v redis-server > /dev/null && exit 0
home=$PWD/artifacts/redis
if [ ! -x "$home/bin/redis-server" ]; then
  mkdir -p "$home"
  log=$home/get-redis.log
  : > "$log"
  give_up() {
    echo "No redis-server was found, and it could not be downloaded ($1)." >&2
    echo "Install Redis 7 (on Debian: apt-get install redis-server), and try again." >&2
    exit 1
  }
  command -v apt-get > /dev/null && command -v dpkg-deb > /dev/null ||
    give_up "this works only on Debian and its derivatives"

  # Tries the system's package lists first. If they are missing or stale, downloads current ones.
  fetch() {
    local packages
    rm -rf "$home/packages"
    mkdir -p "$home/packages"
    packages=$(apt-get "$@" -s --no-install-recommends install redis-server 2>> "$log" |
      awk '$1 == "Inst" { print $2 }')
    packages=$(grep -vxE 'redis-(server|tools)' <<< "$packages")
    # shellcheck disable=SC2086 # one word per package
    (cd "$home/packages" && apt-get "$@" download redis-server redis-tools $packages) >> "$log" 2>&1
  }
  echo "Downloading redis-server into artifacts/redis ..." >&2
  if ! fetch; then
    own=(-o Dir::State::lists="$home/lists" -o Dir::Cache="$home/cache" -o APT::Sandbox::User="$(id -un)")
    mkdir -p "$home/lists/partial" "$home/cache/archives/partial"
    apt-get "${own[@]}" update >> "$log" 2>&1 || give_up "see $log"
    fetch "${own[@]}" || give_up "see $log"
  fi

  rm -rf "$home/root"
  for package in "$home"/packages/*.deb; do
    dpkg-deb -x "$package" "$home/root"
  done
  rm -rf "$home/packages" "$home/lists" "$home/cache"

  libraries=$(cd "$home/root" && find . -name '*.so*' -printf '$root/%P\n' | sed 's:/[^/]*$::' | sort -u | paste -sd:)
  mkdir -p "$home/bin"
  {
    echo '#!/bin/sh'
    echo 'root=$(dirname "$(readlink -f "$0")")/../root'
    [ -z "$libraries" ] || echo "export LD_LIBRARY_PATH=\"$libraries\${LD_LIBRARY_PATH:+:\$LD_LIBRARY_PATH}\""
    echo 'exec "$root/usr/bin/redis-server" "$@"'
  } > "$home/redis-server"
  chmod +x "$home/redis-server"
  # Moved into place last, so that an interrupted run leaves nothing half-made.
  mv "$home/redis-server" "$home/bin/redis-server"
  if ! "$home/bin/redis-server" --version >> "$log" 2>&1; then
    rm "$home/bin/redis-server"
    give_up "the downloaded program does not run, see $log"
  fi
fi
echo "$home/bin"
