#!/bin/bash
# Starts and stops a Docker engine for one test, with its own socket and data directory. The engine holds a Redis image
# made from the local redis-server, so that no image registry is needed.
#
#   eng/container-engine.sh available            succeeds if a container runtime answers or can be started
#   eng/container-engine.sh start DIRECTORY PID  prints the engine's DOCKER_HOST; nothing if a runtime answers already
#   eng/container-engine.sh stop DIRECTORY       stops the engine and removes the directory; also runs when PID ends
#
# Requires root and Docker's client and engine (on Debian: apt-get install docker.io).
set -euo pipefail
cd "$(dirname "$0")/.."
exec < /dev/null

answers() { timeout 10 docker container ls -n 1 > /dev/null 2>&1; }
# Root in an unprivileged container lacks CAP_SYS_ADMIN, bit 21.
is_privileged() { (((0x$(awk '/^CapEff/ { print $2 }' /proc/self/status) >> 21) & 1)); }
can_start() { command -v docker > /dev/null && command -v dockerd > /dev/null && is_privileged; }
give_up() {
  echo "No container engine: $1" >&2
  exit 1
}

# copy PROGRAM NAME: copies a program, as /usr/bin/NAME, and its libraries into $image.
copy() {
  local library
  install -D "$(readlink -f "$1")" "$image/usr/bin/$2"
  for library in $(ldd "$1" | grep -oE '/[^ ]+\.so[^ ]*'); do
    [ -e "$image$library" ] || install -D "$(readlink -f "$library")" "$image$library"
  done
}

import_redis() {
  local image=$home/image server name root
  name=$(sed -n 's/.*image: "\(.*redis:.*\)"/\1/p' deploy/docker-compose.yaml)
  server=$(command -v redis-server) || give_up "redis-server is required for the image."
  # artifacts/redis/bin/redis-server is a wrapper script (see eng/get-redis.sh).
  if [ "$(head -c 2 "$server")" = '#!' ]; then
    root=$(dirname "$server")/../root
    server=$root/usr/bin/redis-server
    LD_LIBRARY_PATH=$(find "$root" -name '*.so*' -printf '%h\n' | sort -u | paste -sd:)
    export LD_LIBRARY_PATH
  fi
  mkdir -p "$image/data" "$image/tmp"
  copy "$server" redis-server
  copy /bin/sh sh
  ln -s usr/bin "$image/bin"
  tar -C "$image" -c . \
    | docker import --change "ENV LD_LIBRARY_PATH=${LD_LIBRARY_PATH:-}" --change 'WORKDIR /data' - "$name"
  rm -r "$image"
}

start() {
  can_start || give_up "start one, or install docker.io as root on Debian."
  mkdir -p "$home"
  [ -e /sys/class/net/docker0 ] || touch "$home/made-bridge"
  # Docker's default address ranges are often in use. The firewall is left alone.
  dockerd --host "$DOCKER_HOST" --data-root "$home/data" --exec-root "$home/exec" --pidfile "$home/pid" \
    --bip 10.213.0.1/24 --default-address-pool base=10.214.0.0/16,size=24 --iptables=false --ip-forward=false \
    > "$home/log" 2>&1 &
  local engine=$!
  # A session of its own keeps signals to the caller from ending it.
  setsid bash -c 'tail -f --pid="$1" /dev/null; exec "$2" stop "$3"' -- \
    "$owner" "$PWD/eng/container-engine.sh" "$home" > /dev/null 2>&1 &
  until answers; do
    kill -0 $engine 2> /dev/null && [ $SECONDS -lt 60 ] || give_up "dockerd did not start: $(tail -n 1 "$home/log")"
    sleep 0.2
  done
  import_redis > /dev/null
  echo "$DOCKER_HOST"
}

stop() {
  local engine
  if engine=$(cat "$home/pid" 2> /dev/null); then
    # A killed test leaves its network, whose bridge would outlive the engine.
    docker container ls -aq | xargs -r timeout 30 docker container rm -f > /dev/null 2>&1 || true
    timeout 10 docker network prune -f > /dev/null 2>&1 || true
    kill "$engine" 2> /dev/null || true
    # It stops its containers first, each within 10 s.
    timeout 60 tail -f --pid="$engine" /dev/null
    [ ! -e "$home/made-bridge" ] || ip link delete docker0 || true
  fi
  rm -rf --one-file-system "$home"
}

home=${2:-}
owner=${3:-}
case ${1:-} in
  available) answers || can_start ;;
  start | stop)
    [ -n "$home" ] && [ "$1$owner" != start ] || give_up "a directory and a process id are required."
    [ "$1" = stop ] || ! answers || exit 0
    export DOCKER_HOST=unix://$home/docker.sock
    "$1"
    ;;
  *)
    sed -n '2,/^[^#]/s/^# \{0,1\}//p' "$0" >&2
    exit 2
    ;;
esac
