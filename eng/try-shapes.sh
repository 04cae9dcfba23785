#!/bin/bash
# Builds p2pchat in each form that people install or run (docs/deploy.md). From an unrelated directory, each must print
# its help, run a directory on Redis, serve the page of a peer with all its files, send a message and get the reply, and
# complete a backup and restore. Takes four minutes on a quiet machine and leaves its output in artifacts/shapes.
#
#   eng/try-shapes.sh [one-file|small-file|tool|build|run|peer ...]     all of them by default
#
# one-file    the self-contained single file      build   the output of `dotnet build P2PChat.App`
# small-file  the one that needs .NET             run     `dotnet run --project P2PChat.App`
# tool        the .NET tool                       peer    P2PChat.Peer, with P2PChat.Discovery as its directory
#
# A finished single file can be tried as well: P2PCHAT_FILE=path eng/try-shapes.sh one-file
set -euo pipefail
cd "$(dirname "$0")/.."
exec < /dev/null

shapes=("$@")
[ ${#shapes[@]} != 0 ] || shapes=(one-file small-file tool build run peer)
version=$(sed -n 's|.*<Version>\(.*\)</Version>.*|\1|p' Directory.Build.props)
out=$PWD/artifacts/shapes
export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1 MSBUILDDISABLENODEREUSE=1

running=()
scratch=$(mktemp -d)
clean_up() {
  [ ${#running[@]} = 0 ] || kill "${running[@]}" 2> /dev/null || true
  wait
  rm -rf "$scratch"
}
trap clean_up EXIT
fail() {
  echo "FAILED: $*" >&2
  tail -n 20 "$scratch"/*.log >&2
  exit 1
}
# until_true WHAT COMMAND...: waits for the command to succeed, 30 s at most.
until_true() {
  local end=$((SECONDS + 30)) what=$1
  shift
  until "$@" > /dev/null 2>&1; do
    [ $SECONDS -lt $end ] || fail "timed out waiting until $what"
    sleep 0.2
  done
}
quietly() { "$@" > "$scratch/build.log" 2>&1 || fail "$*"; }

redis=$(eng/get-redis.sh)
[ -z "$redis" ] || export PATH="$redis:$PATH"
start_redis() {
  for redis_port in {21000..21020}; do
    redis-server --port "$redis_port" --bind 127.0.0.1 --save '' --dir "$scratch" > "$scratch/redis.log" 2>&1 &
    running=($!)
    until grep -q 'Ready to accept' "$scratch/redis.log"; do
      kill -0 "${running[0]}" 2> /dev/null || continue 2
      sleep 0.1
    done
    return
  done
  fail "no port for Redis is free"
}
start_redis

# make SHAPE: builds it and sets $program, $as_peer and $directory_program. A single file is copied into an otherwise
# empty directory.
make() {
  local home=$out/$1 framework=net10.0
  rm -rf "$home" && mkdir -p "$home"
  as_peer=peer
  directory_program=()
  case $1 in
    one-file)
      [ -n "${P2PCHAT_FILE:-}" ] ||
        quietly dotnet publish P2PChat.App -c Release -r linux-x64 -p:PublishSingleFile=true -o "$home/published"
      ;;
    small-file)
      quietly dotnet publish P2PChat.App -c Release -r linux-x64 -p:PublishSingleFile=true --no-self-contained \
        -o "$home/published"
      ;;
    build | run)
      quietly dotnet build P2PChat.App -c Release -p:RunAnalyzers=false
      program=("$PWD/P2PChat.App/bin/Release/$framework/p2pchat")
      [ "$1" = build ] || program=("$(command -v dotnet)" run --project "$PWD/P2PChat.App" -c Release --no-build --)
      return
      ;;
    peer)
      quietly dotnet build P2PChat.Peer -c Release -p:RunAnalyzers=false
      quietly dotnet build P2PChat.Discovery -c Release -p:RunAnalyzers=false
      program=("$PWD/P2PChat.Peer/bin/Release/$framework/P2PChat.Peer")
      directory_program=("$PWD/P2PChat.Discovery/bin/Release/$framework/P2PChat.Discovery")
      as_peer=
      return
      ;;
    tool)
      quietly dotnet pack P2PChat.App -c Release -o "$home/package"
      # The shared cache would keep the package of an earlier run.
      NUGET_PACKAGES="$home/cache" quietly dotnet tool install p2pchat --tool-path "$home/bin" \
        --add-source "$home/package" --version "$version"
      program=("$home/bin/p2pchat")
      return
      ;;
    *) fail "unknown shape '$1'" ;;
  esac
  mkdir "$home/alone"
  cp "${P2PCHAT_FILE:-$home/published/p2pchat}" "$home/alone/p2pchat"
  program=("$home/alone/p2pchat")
}

# run ARGUMENTS...: replaces the shell by the program, with a minimal environment.
run() {
  cd "$scratch/elsewhere"
  exec env -i HOME="$scratch/home" PATH=/usr/bin:/bin ${runtime:+DOTNET_ROOT="$runtime"} DOTNET_NOLOGO=1 \
    DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_GENERATE_ASPNET_CERTIFICATE=false \
    ConnectionStrings__redis="127.0.0.1:$redis_port" "$@"
}
program() { (run "${program[@]}" "$@"); }
# start USERNAME DATA: starts a peer in the background.
start() {
  (run "${program[@]}" $as_peer "$1" --no-console --accept all --discovery "$directory" --data "$scratch/$2" \
    > "$scratch/$2.log" 2>&1) &
  running+=($!)
}
# start_directory: starts an empty one in the background, and sets $directory.
start_directory() {
  exec 3<> "/dev/tcp/127.0.0.1/$redis_port"
  printf 'FLUSHALL\r\n' >&3
  read -r <&3
  exec 3>&-
  rm -f "$scratch/discovery.log"
  (run "${directory_program[@]}" --urls http://127.0.0.1:0 > "$scratch/discovery.log" 2>&1) &
  running+=($!)
  until_true "the directory listens" grep -q 'listening on: ' "$scratch/discovery.log"
  directory=$(sed -n 's/.*listening on: //p' "$scratch/discovery.log")
  until_true "the directory has its store" curl -fsS "$directory/health"
  curl -fsS -o "$scratch/body" "$directory/openapi/v1.json"
  grep -q '"/peers/' "$scratch/body" || fail "the directory does not describe its calls"
}
ctl() { program ctl --data "$scratch/$1" "${@:2}"; }
shows() { ctl "$1" "${@:3}" | grep -q "$2"; }
connects() { shows "$1" "^$2 .*connected" list || ctl "$1" connect "$2"; }

# serves PATH TYPE: the page answers 200 with that type and a body.
serves() {
  local answer
  answer=$(curl -sS -b "$scratch/cookies" -o "$scratch/body" -w '%{http_code} %{content_type}' "$home_page${1#/}")
  [[ $answer == "200 $2"* && -s $scratch/body ]] || fail "GET $1 returned $answer"
  echo "  $answer  $1"
}

try() {
  local folder link file
  rm -rf "$scratch"/{home,elsewhere,alice,bob,restored} && mkdir "$scratch"/{home,elsewhere}
  folder=$(dirname "${program[0]}")
  [[ $shape != *-file && $shape != tool ]] ||
    echo "  $(du -sh "$folder" | cut -f1) in $(find "$folder" -maxdepth 1 -type f | wc -l) file(s)"
  program --version
  program $as_peer --help > "$scratch/body"
  grep -q '^SYNOPSIS' "$scratch/body" || fail "it prints no help"

  start_directory
  start bob bob
  start alice alice
  until_true "both are registered" shows alice '^bob .*online' list
  until_true "alice connects to bob" connects alice bob

  link=$(ctl alice web)
  home_page=${link%login*}
  serves login 'text/html'
  [ "$(curl -sS -o /dev/null -w '%{http_code}' -c "$scratch/cookies" "$link")" = 200 ] ||
    fail "the link does not sign in"
  serves / 'text/html'
  grep -oE '(href|src)="[^"]+\.(css|js|svg)"' "$scratch/body" | cut -d'"' -f2 | sort -u > "$scratch/parts"
  [ "$(wc -l < "$scratch/parts")" -ge 4 ] || fail "the page references too few files: $(cat "$scratch/parts")"
  while read -r file; do
    case $file in
      *.css) serves "$file" text/css ;;
      *.js) serves "$file" text/javascript ;;
      *.svg) serves "$file" image/svg+xml ;;
    esac
  done < "$scratch/parts"

  ctl alice send bob hello
  until_true "the message arrives" shows bob 'alice: hello' history alice
  ctl bob send alice 'hello back'
  until_true "the reply arrives" shows alice 'bob: hello back' history bob

  echo 'a passphrase of some words' > "$scratch/passphrase"
  ctl alice backup --force "$scratch/alice.backup" < "$scratch/passphrase"
  program restore "$scratch/alice.backup" --data "$scratch/restored" < "$scratch/passphrase"
  end_from 2
  start alice restored
  until_true "the restored peer has the messages" shows restored 'bob: hello back' history bob
  end_from 1
}
# end_from N: ends every background process but the first N.
end_from() {
  kill "${running[@]:$1}"
  wait "${running[@]:$1}" || true
  running=("${running[@]:0:$1}")
}

for shape in "${shapes[@]}"; do
  echo "== $shape"
  make "$shape"
  [ ${#directory_program[@]} != 0 ] || directory_program=("${program[@]}" directory)
  # Only the self-contained file runs without an installed runtime.
  runtime=
  [ "$shape" = one-file ] || runtime=$(dirname "$(readlink -f "$(command -v dotnet)")")
  try
done
echo "== All checks passed ($SECONDS s)"
