#!/bin/bash
# Puts a redis-server into artifacts/redis/bin where the PATH has none: Debian's package with what it needs and the system
# lacks, unpacked, so that nothing is installed and nobody has to be root. Prints the directory to put on the PATH, if any.
set -euo pipefail
cd "$(dirname "$0")/.."

command -v redis-server > /dev/null && exit 0
home=$PWD/artifacts/redis
if [ ! -x "$home/bin/redis-server" ]; then
  mkdir -p "$home"
  log=$home/get-redis.log
  : > "$log"
  give_up() {
    echo "There is no redis-server, and none could be fetched ($1): install Redis 7, on Debian by 'apt-get install redis-server', and start again." >&2
    exit 1
  }
  command -v apt-get > /dev/null && command -v dpkg-deb > /dev/null || give_up "that works on Debian and its kin only"

  # First by the package lists that the system has; where they are missing or stale, by fresh ones of our own.
  fetch() {
    local packages
    rm -rf "$home/packages"
    mkdir -p "$home/packages"
    packages=$(apt-get "$@" -s --no-install-recommends install redis-server 2>> "$log" | awk '$1 == "Inst" { print $2 }')
    # shellcheck disable=SC2086 # one word a package
    (cd "$home/packages" && apt-get "$@" download redis-server redis-tools $(grep -vxE 'redis-(server|tools)' <<< "$packages")) >> "$log" 2>&1
  }
  echo "Fetching a redis-server into artifacts/redis ..." >&2
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
  # Into its place only when it is whole and runs.
  mv "$home/redis-server" "$home/bin/redis-server"
  if ! "$home/bin/redis-server" --version >> "$log" 2>&1; then
    rm "$home/bin/redis-server"
    give_up "what was fetched does not run, see $log"
  fi
fi
echo "$home/bin"
