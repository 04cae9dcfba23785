#!/bin/bash
# Tries a file of a release on the platform that it is for: its checksum, its version, and `up`, which must register a
# peer in its own directory and serve the page. Runs on Linux, macOS and, in Git Bash, on Windows.
#
#   eng/try-release.sh DIRECTORY PLATFORM     such as artifacts/release/0.1.0 linux-x64
set -euo pipefail
exec < /dev/null

cd "$1"
file=$(echo p2pchat-*-"$2"*)
[ -f "$file" ] || { echo "FAILED: $1 has no single file for $2." >&2 && exit 1; }
checksum=(sha256sum)
command -v sha256sum > /dev/null || checksum=(shasum -a 256)
"${checksum[@]}" -c SHA256SUMS
chmod +x "$file"
version=${file#p2pchat-}
version=${version%-"$2"*}
# Elsewhere, and under the name that people give it.
scratch=$(mktemp -d)
program=$scratch/p2pchat${file#"p2pchat-$version-$2"}
cp "$file" "$program"
cd "$scratch"

running=
clean_up() {
  [ -z "$running" ] || kill "$running" 2> /dev/null || true
  wait
  # On Windows, a file in use cannot be removed, and the machine is thrown away.
  rm -rf "$scratch" || true
}
trap clean_up EXIT
fail() {
  echo "FAILED: $*" >&2
  cat log >&2
  exit 1
}
# until_true WHAT COMMAND...: waits for the command to succeed, 60 s at most.
until_true() {
  local end=$((SECONDS + 60)) what=$1
  shift
  until "$@" > output 2>&1; do
    [ $SECONDS -lt $end ] || fail "timed out waiting until $what: $(cat output)"
    sleep 0.5
  done
}
ctl() { "$program" ctl --data "$scratch/data" "$@"; }

touch log
reported=$("$program" --version | tr -d '\r')
[ "$reported" = "p2pchat $version" ] || fail "'--version' prints '$reported'"
echo "$reported"

up=(up smoke --port $((20000 + RANDOM % 10000)) --local-only --no-console --data "$scratch/data")
"$program" "${up[@]}" > log 2>&1 &
running=$!
until_true "the peer runs" ctl status
until_true "the page has a link" ctl web
link=$(tr -d '\r' < output)
curl -fsS -c cookies -o /dev/null "$link"
curl -fsS -b cookies -o page "${link%login*}"
grep -q '_framework/blazor.web' page || fail "the page is not complete"
for part in $(grep -oE '(href|src)="[^"]+\.(css|js)"' page | cut -d'"' -f2 | sort -u); do
  curl -fsS -b cookies -o part "${link%login*}$part"
  [ -s part ] || fail "$part is empty"
  echo "The page has $part."
done
"$program" "${up[@]}" > second 2>&1 || fail "a second 'up' failed"
echo "p2pchat $version works on $2."
