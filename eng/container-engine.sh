#!/bin/bash
# Starts a Docker engine for one test, on a socket and with a data directory of its own, and stops it again. The engine
# holds the one image that the app's Redis needs, made from the local redis-server, so that no image registry is asked.
#
#   eng/container-engine.sh available            whether a container runtime answers, or one can be started
#   eng/container-engine.sh start DIRECTORY PID  prints the engine's DOCKER_HOST; nothing where a runtime answers
#   eng/container-engine.sh stop DIRECTORY       stops the engine and removes the directory, as the end of PID does
#
# It needs root, and Docker's client and engine ('apt-get install docker.io' on Debian). It installs neither.
set -euo pipefail
cd "$(dirname "$0")/.."
exec < /dev/null

answers() { timeout 10 docker container ls -n 1 > /dev/null 2>&1; }
# Root of an unprivileged container lacks CAP_SYS_ADMIN, bit 21.
is_privileged() { (((0x$(awk '/^CapEff/ { print $2 }' /proc/self/status) >> 21) & 1)); }
can_start() { command -v docker > /dev/null && command -v dockerd > /dev/null && is_privileged; }
give_up() {
  echo "There is no container engine: $1" >&2
  exit 1
}

# Copies a program and its libraries to the same paths below $image. The second argument is the name to call it by.
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
  server=$(command -v redis-server) || give_up "the image needs a redis-server."
  # In artifacts/redis there is a script in front of the program (see eng/get-redis.sh).
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
  can_start || give_up "start one, or, as root on Debian, install docker.io."
  mkdir -p "$home"
  [ -e /sys/class/net/docker0 ] || touch "$home/made-bridge"
  # Addresses in 10.x: those that Docker takes by default are often in use already. The firewall stays as it is.
  dockerd --host "$DOCKER_HOST" --data-root "$home/data" --exec-root "$home/exec" --pidfile "$home/pid" \
    --bip 10.213.0.1/24 --default-address-pool base=10.214.0.0/16,size=24 --iptables=false --ip-forward=false \
    > "$home/log" 2>&1 &
  local engine=$!
  # In a session of its own, so that no signal to the caller ends it first.
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
    [ -n "$home" ] && [ "$1$owner" != start ] || give_up "no directory or no process is given."
    [ "$1" = stop ] || ! answers || exit 0
    export DOCKER_HOST=unix://$home/docker.sock
    "$1"
    ;;
  *)
    sed -n '2,/^[^#]/s/^# \{0,1\}//p' "$0" >&2
    exit 2
    ;;
esac
