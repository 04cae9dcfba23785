#!/bin/bash
# Follows the README's quick start: starts the app with `dotnet run --project P2PChat.AppHost`, waits until every peer
# is registered, sends `echo` a message through alice, and presses Ctrl-C. Fails if a step fails or a process is left.
#
#   eng/try-start.sh [AppHost arguments, such as Redis:Mode=none]
set -euo pipefail
cd "$(dirname "$0")/.."
exec < /dev/null
export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1 MSBUILDDISABLENODEREUSE=1

log=$(mktemp)
data=$(mktemp -d)
mark=P2PCHAT_TRY_START=$$
# Every process of the app inherits the mark.
marked() { grep -lzsx "$mark" /proc/[0-9]*/environ 2> /dev/null | cut -d/ -f3 || true; }
clean_up() {
  [ -z "$(marked)" ] || kill $(marked) 2> /dev/null || true
  rm -rf "$log" "$data"
}
trap clean_up EXIT
fail() {
  echo "FAILED: $*" >&2
  cat "$log" >&2
  exit 1
}
# until_true SECONDS WHAT COMMAND...
until_true() {
  local end=$((SECONDS + $1)) what=$2
  shift 2
  until "$@" > /dev/null 2>&1; do
    kill -0 "$app" 2> /dev/null || fail "the app ended before $what"
    [ $SECONDS -lt $end ] || fail "timed out waiting until $what"
    sleep 0.5
  done
}
ctl() { dotnet P2PChat.Peer/bin/Debug/net10.0/P2PChat.Peer.dll ctl --data "$data/alice" "$@"; }
everyone_is_online() {
  local peers
  peers=$(curl -fsS http://localhost:5000/peers)
  [ "$(grep -o '"online":true' <<< "$peers" | wc -l)" -ge 3 ]
}

# A background job of a script ignores SIGINT unless job control gives it a process group of its own.
set -m
env "$mark" dotnet run --project P2PChat.AppHost -- Peers:DataRoot="$data" "$@" > "$log" 2>&1 &
app=$!
set +m
until_true 300 "alice, bob and echo are online" everyone_is_online
echo "All peers are online after $SECONDS s, build included."
ctl connect echo
ctl send echo hello
until_true 30 "echo answers" bash -c "$(declare -f ctl); data='$data'; ctl history echo | grep -q 'echo: hello'"
grep '^Redis: ' "$log" || fail "the choice of Redis was not printed"
grep '^dashboard .*/login?t=' "$log" || fail "the dashboard's address was not printed"

# Like Ctrl-C in a terminal, the signal goes to the whole process group.
kill -INT -- "-$app"
status=0
wait "$app" || status=$?
end=$((SECONDS + 25))
while [ -n "$(marked)" ]; do
  [ $SECONDS -lt $end ] || fail "these processes still run 25 s after Ctrl-C: $(marked | xargs ps -o pid,args -p)"
  sleep 0.5
done
echo "Ctrl-C ended the app (exit code $status) and left no process."
