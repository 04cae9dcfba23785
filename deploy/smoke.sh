#!/bin/bash
# Runs deploy/docker-compose.yaml on a real engine and checks what docs/deploy.md promises: healthy services, a message
# and its acknowledgement, a late joiner, a crashed peer, a healed partition, a restarted Redis, backup and restore, a
# page behind a published port, `docker run -it`, and an error message for each wrong setting. It takes about five
# minutes.
#
#   deploy/smoke.sh            needs a Docker engine, Compose 2 and the base images
#   SMOKE_BUILD=false          uses the existing images
set -euo pipefail
cd "$(dirname "$0")"

export COMPOSE_PROJECT_NAME=p2pchat-smoke
# The environment takes precedence over .env.
export REDIS_PASSWORD=smoke-redis JOIN_TOKEN=smoke-join DASHBOARD_TOKEN=smoke-dashboard
export OPERATOR_KEY=smoke-operator-0123456789
export DIRECTORY_ADDRESS=127.0.0.1:5099
directory=http://$DIRECTORY_ADDRESS
network=${COMPOSE_PROJECT_NAME}_chat

say() { printf '\n== %s\n' "$*"; }
fail() {
  echo "FAILED: $*" >&2
  exit 1
}
# until_true SECONDS WHAT COMMAND...: waits for the command to succeed.
until_true() {
  local end=$((SECONDS + $1)) what=$2
  shift 2
  until "$@" > /dev/null 2>&1; do
    [ $SECONDS -lt $end ] || fail "timed out waiting until $what"
    sleep 0.5
  done
}
compose() { docker compose "$@"; }
quietly() { "$@" > /dev/null 2>&1; }
# loudly COMMAND...: shows the command's output, including the engine's message, if it fails.
loudly() { "$@" > "$scratch/output" 2>&1 || { cat "$scratch/output" >&2; fail "'$*' failed"; }; }
container() { compose ps -a -q "$1"; }
# ctl PEER COMMAND...: runs a console command in that peer's container.
ctl() {
  local peer=$1
  shift
  compose exec -T "$peer" p2pchat ctl "$peer" "$@"
}
# tells PATTERN COMMAND...: the command must fail with output that matches.
tells() {
  local output
  output=$("${@:2}" 2>&1) && fail "'${*:2}' succeeded"
  grep -E "$1" <<< "$output" || fail "'$1' is not in: $output"
}
# until_true repeats it, because the first attempt may time out on a busy machine.
connects() { shows "$1" "^$2 .*connected" list || ctl "$1" connect "$2"; }
shows() { ctl "$1" "${@:3}" | grep -q "$2"; }
is_healthy() { [ "$(docker inspect -f '{{.State.Health.Status}}' "$(container "$1")")" = healthy ]; }
call() { curl -fsS -H "X-P2PChat-Join-Token: $JOIN_TOKEN" "$@"; }
is_online() { call "$directory/peers/$1" | grep -q '"online":true'; }
is_offline() { call "$directory/peers/$1" | grep -q '"online":false'; }
# Also true during an attempt to reconnect.
is_not_connected() { ctl "$1" list | grep -E "^$2 +o[a-z]+" | grep -qv connected; }
is_free() { ! call "$directory/peers/$1"; }

quietly docker version || fail "No Docker engine answers. Start one, or set DOCKER_HOST."
compose version --short | grep -q '^v\?[2-9]' ||
  fail "Compose 2 is required (docker compose): version 1 supports neither 'name:' nor 'up --wait'."
command -v curl > /dev/null || fail "curl is required."

guests=()
scratch=$(mktemp -d)
clean_up() {
  rm -rf "$scratch"
  [ ${#guests[@]} = 0 ] || quietly docker rm -f "${guests[@]}" || true
  quietly docker volume rm "${COMPOSE_PROJECT_NAME}_restored" "${COMPOSE_PROJECT_NAME}_group" || true
  # Includes the profile of the late joiner.
  quietly compose --profile late down -v --remove-orphans || true
}
trap clean_up EXIT
clean_up
mkdir "$scratch"

say "An incomplete .env gives an error message, and nothing starts"
tells 'JOIN_TOKEN is missing a value' env JOIN_TOKEN= docker compose up -d
[ -z "$(compose ps -a -q 2> /dev/null)" ] || fail "a container started"

say "All services become healthy"
[ "${SMOKE_BUILD:-true}" = false ] || compose build --quiet
compose up -d --wait 2> "$scratch/output" || {
  compose ps -a
  compose logs --tail 20
  cat "$scratch/output" >&2
  fail "some services are not healthy"
}
compose ps --format '{{.Service}}: {{.Status}} {{.Ports}}'

# The dashboard has no health check.
until_true 60 "the dashboard answers" curl -fsS http://127.0.0.1:18888/login
echo "the dashboard answers"

say "No service runs as root, and one image serves all peers"
for service in redis discovery alice bob echo; do
  uid=$(docker exec "$(container $service)" sh -c 'sed -n "s/^Uid:\t\([0-9]*\).*/\1/p" /proc/1/status')
  echo "$service: uid $uid, $(docker inspect -f '{{.Config.Image}}' "$(container $service)")"
  [ "$uid" != 0 ] || fail "$service runs as root"
done
images=$(docker inspect -f '{{.Image}}' "$(container alice)" "$(container bob)" "$(container echo)" | sort -u | wc -l)
[ "$images" = 1 ] || fail "the peers use several images"

PEER_IMAGE=$(docker inspect -f '{{.Config.Image}}' "$(container alice)")

say "The directory requires the join token, and peers cannot reach Redis"
[ "$(curl -s -o /dev/null -w '%{http_code}' "$directory/peers")" = 401 ] ||
  fail "the directory accepts calls without the join token"
quietly compose exec -T alice bash -c 'exec 3<>/dev/tcp/redis/6379' && fail "a peer reaches Redis"
echo "401 without the token; Redis is unreachable from a peer"

say "alice sends echo a message and gets the reply"
until_true 60 "alice connects to echo" connects alice echo
ctl alice send echo hello
until_true 20 "echo's reply" shows alice 'echo: hello' history echo
ctl alice history echo

say "bob sends a request, alice accepts, and both send messages"
ctl bob connect alice & asking=$!
until_true 10 "bob's request" shows alice bob requests
ctl alice accept bob
wait $asking
ctl bob send alice 'hi alice'
ctl alice send bob 'hi bob'
until_true 20 "alice's message" shows bob 'alice: hi bob' history alice
ctl bob history alice

say "carol, who is started by hand, joins late"
loudly compose up -d --wait --no-build carol
until_true 30 "carol is in the directory" is_online carol
until_true 60 "carol connects to echo" connects carol echo
ctl carol list

say "echo is killed: alice notices at once, the directory when the lease expires"
docker kill "$(container echo)" > /dev/null
killed=$SECONDS
until_true 10 "alice sees that echo is gone" is_not_connected alice echo
ctl alice list
until_true 45 "the directory shows echo as offline" is_offline echo
echo "offline in the directory after $((SECONDS - killed)) s"
loudly compose up -d --wait --no-build echo
until_true 15 "echo is back under its name" is_online echo

say "A partition: a message sent while alice is cut off arrives once, after the network heals"
docker network disconnect "$network" "$(container alice)"
ctl bob send alice 'sent during the partition' 2>&1 || true
until_true 90 "bob sees that alice is gone" is_not_connected bob alice
ctl bob list
docker network connect --alias alice "$network" "$(container alice)"
until_true 60 "alice is in the directory again" is_online alice
until_true 60 "bob connects again" connects bob alice
until_true 60 "the message arrives" shows alice 'bob: sent during the partition' history bob
[ "$(ctl alice history bob | grep -c 'sent during the partition')" = 1 ] || fail "the message came twice"
ctl alice history bob

say "Redis restarts: no name is lost, and every peer is back"
ids() { call "$directory/peers" | grep -o '"username":"[a-z]*","peerId":"[^"]*"'; }
before=$(ids)
loudly compose restart redis
until_true 30 "Redis is healthy" is_healthy redis
until_true 30 "the directory answers" call "$directory/peers"
[ "$(ids)" = "$before" ] || fail "names were lost: $(ids)"
for peer in alice bob echo; do until_true 30 "$peer renews" is_online $peer; done
echo "$before"

say "Redis loses its volume, and the names are restored from a copy"
names() {
  docker run --rm --user 0 --entrypoint tar -v "${COMPOSE_PROJECT_NAME}_redis-data:/data" -v "$scratch:/backup" \
    "$PEER_IMAGE" "$@"
}
loudly compose stop redis
names -czf /backup/names.tar.gz -C /data .
loudly compose rm -f redis
docker volume rm "${COMPOSE_PROJECT_NAME}_redis-data" > /dev/null
loudly compose up --no-start --no-build redis
names -xzf /backup/names.tar.gz -C /data
loudly compose start redis
until_true 30 "Redis is healthy" is_healthy redis
until_true 30 "the directory answers" call "$directory/peers"
[ "$(ids)" = "$before" ] || fail "names were lost: $(ids)"
for peer in alice bob echo; do until_true 30 "$peer renews" is_online $peer; done
echo "the same names, and every peer is back"

say "bob's backup is restored into another volume"
passphrase='a passphrase of some words'
compose exec -T bob p2pchat ctl bob backup --force /data/bob.backup <<< "$passphrase"
docker run --rm -i -v "${COMPOSE_PROJECT_NAME}_bob-data:/from:ro" -v "${COMPOSE_PROJECT_NAME}_restored:/data" \
  "$PEER_IMAGE" restore /from/bob.backup bob <<< "$passphrase"

say "A group-writable volume, as Kubernetes creates with fsGroup"
in_group() {
  docker run --rm -i --network "$network" --group-add 2000 -v "${COMPOSE_PROJECT_NAME}_group:/data" \
    -e Peer__JoinToken="$JOIN_TOKEN" "$@" < /dev/null
}
loudly in_group "$PEER_IMAGE" user4
loudly in_group --user 0 --entrypoint sh "$PEER_IMAGE" \
  -c 'chgrp -R 2000 /data && chmod -R g+rwX /data && find /data -type d -exec chmod g+s {} +'
tells 'The group of the data directory .* can write to it' in_group "$PEER_IMAGE" user4
in_group -e Peer__GroupMayWrite=true "$PEER_IMAGE" user4 | grep 'you are user4'

say "The web page of a peer behind a published port"
docker run -d --rm --name "$COMPOSE_PROJECT_NAME-page" --network "$network" -p 127.0.0.1:5098:5098 \
  -e ASPNETCORE_URLS=http://+:5098 -e Peer__JoinToken="$JOIN_TOKEN" "$PEER_IMAGE" user3 > /dev/null
guests+=("$COMPOSE_PROJECT_NAME-page")
page() { docker exec "$COMPOSE_PROJECT_NAME-page" p2pchat ctl user3 web; }
# serves PATH TYPE
serves() {
  local answer
  answer=$(curl -sS -b "$scratch/cookies" -o "$scratch/body" -w '%{http_code} %{content_type}' \
    "http://user3.localhost:5098/$1")
  [[ $answer == "200 $2"* ]] || fail "GET /$1 returned $answer"
  echo "$answer  /$1"
}
until_true 30 "the guest's page is available" page
link=$(page)
echo "${link%=*}=..."
curl -fsS -o /dev/null -c "$scratch/cookies" "$link"
serves '' text/html
grep -oE '(href|src)="[^"]+\.(css|js)"' "$scratch/body" | cut -d'"' -f2 | sort -u > "$scratch/parts"
grep -q blazor "$scratch/parts" || fail "the page does not reference Blazor's script"
while read -r part; do
  case $part in
    *.css) serves "$part" text/css ;;
    *.js) serves "$part" text/javascript ;;
  esac
done < "$scratch/parts"
docker stop "$COMPOSE_PROJECT_NAME-page" > /dev/null

say "docker run -it … user1, twice in a row"
guest() {
  local name=$COMPOSE_PROJECT_NAME-guest-$1 screen=$scratch/screen
  guests+=("$name")
  rm -f "$scratch/keys" && mkfifo "$scratch/keys"
  # `script` provides the terminal that -t requires.
  local run="docker run -it --rm --name $name --network $network -e NO_COLOR=1 -e Peer__JoinToken=$JOIN_TOKEN"
  timeout 120 script -qec "$run $PEER_IMAGE user1 8001" /dev/null < "$scratch/keys" > "$screen" 2>&1 &
  exec 4> "$scratch/keys"
  until_true 30 "the guest's prompt" grep -q 'user1> ' "$screen"
  printf 'connect echo\r' >&4
  until_true 30 "the guest is connected" grep -q 'connected to echo' "$screen"
  printf 'send echo guest %s\r' "$1" >&4
  until_true 15 "echo's reply to the guest" grep -q "echo: guest $1" "$screen"
  printf 'exit\r' >&4
  exec 4>&-
  wait $!
  # Removes escape sequences and the status row, which is redrawn with each line.
  sed -E 's/\x1b(\[[0-9;?]*)?[A-Za-z=>]//g' "$screen" | tr -d '\r' | grep -oE '^\*.*|echo: guest [0-9]+' | uniq
}
for turn in 1 2; do
  echo "-- turn $turn"
  guest $turn
  until_true 10 "the guest's name is free" is_free user1
done

say "The operator removes a claim"
loudly compose stop bob
claim=$directory/admin/claims/bob
curl -s -o /dev/null -w 'without the key: %{http_code}\n' -X DELETE -H "X-P2PChat-Join-Token: $JOIN_TOKEN" "$claim"
call -o /dev/null -w 'with the key: %{http_code}\n' -X DELETE -H "X-P2PChat-Operator-Key: $OPERATOR_KEY" "$claim"
is_free bob 2> /dev/null || fail "the name is still claimed"

say "Wrong settings give an error message"
# The engine creates the missing directory, owned by root.
tells 'cannot be written' docker run --rm --network "$network" -v "$scratch/unwritable:/data" "$PEER_IMAGE" user2
wrong=$(compose run -d --no-deps -e ConnectionStrings__redis=redis:6379,password=wrong discovery \
  2> "$scratch/output") || fail "$(cat "$scratch/output")"
guests+=("$wrong")
started=$SECONDS
until_true 60 "the directory reports the wrong password" \
  bash -c "docker logs $wrong 2>&1 | grep -q 'refuses the password'"
docker logs "$wrong" 2>&1 | grep 'refuses the password'
echo "reported after $((SECONDS - started)) s"
tells 'already allocated|already in use' env DIRECTORY_ADDRESS=127.0.0.1:18888 docker compose up -d --no-build discovery

say "Everything is removed"
clean_up
trap - EXIT
left=$(
  docker ps -a -q --filter "name=$COMPOSE_PROJECT_NAME"
  docker volume ls -q --filter "name=$COMPOSE_PROJECT_NAME"
  docker network ls -q --filter "name=$COMPOSE_PROJECT_NAME"
)
[ -z "$left" ] || fail "left behind: $left"
echo "no container, volume or network is left"
say "All checks passed ($SECONDS s)"
