#!/bin/bash
# Builds the solution and runs its tests. The last line is "N passed, N failed, N skipped".
#
#   ./test.sh                                 every test that this machine can run
#   ./test.sh FullyQualifiedName~Resilience   the tests that a filter of `dotnet test` selects
#   ./test.sh --long [filter]                 the same tests with far more random input, and the benchmarks at full size
#
# Variable                  default    --long   meaning
# P2PCHAT_SEEDS               1,000   250,000   simulated histories; P2PCHAT_SEED=n replays one and prints its steps
# P2PCHAT_TIMER_SEEDS            20     5,000   the same histories with real stores, from which messages disappear;
#                                               P2PCHAT_SEED=n replays one of them as well
# P2PCHAT_ROOM_SEEDS            200    10,000   simulated rooms; P2PCHAT_ROOM_SEED=n replays one and prints its steps
# P2PCHAT_LARGE_ROOM_SEEDS                 20   simulated rooms of 100 members; by default 1 of 16 members
# P2PCHAT_NETWORKS            3,000   100,000   simulated networks on which a peer looks for a path to another
# P2PCHAT_FUZZ_INPUTS       200,000      10 M   fuzzed inputs; P2PCHAT_FUZZ_SEED=n starts from another seed than 1
# P2PCHAT_CHAOS_SECONDS          40       600   duration of the faults; P2PCHAT_CHAOS_SEED=n repeats them
# P2PCHAT_CUTS                  600    10,000   connections cut by the leak test
# P2PCHAT_IDLE_SECONDS            2        60   how long an idle peer is measured; from 30 on the bound is strict
# P2PCHAT_BENCH               quick      full   size of the benchmark run; full also checks the aims of files, and as
#                                               root the times of messages during the transfer of a file
# P2PCHAT_FILE_SEEDS            100     5,000   simulated exchanges of files
# P2PCHAT_COPY_SEEDS             20     5,000   simulated exchanges of files by way of the directory;
#                                               P2PCHAT_SEED=n runs one
# P2PCHAT_FILE_MIB               64     2,048   size of the file that is sent with flat memory
# P2PCHAT_STARTS                  3       100   directories started against a Redis Cluster
# P2PCHAT_LISTENERS          10,000    10,000   event streams; lower it where a process may not open 11,000 files
# P2PCHAT_NAT_PAIRS             ten       all   pairs of routers across which peers connect (P2PChat.Tests/Network)
# P2PCHAT_PICTURES                              the absolute path of a directory for screenshots of the page
# P2PCHAT_PREVIOUS                              the commit or tag to upgrade from (see eng/previous-build.sh)
#
# A test that needs more than the SDK and Redis has a trait Requires=<name>, and is left out if <name> is missing: see
# `left_out` below. With CI=true, a selected test that skips itself counts as a failure.
# Container needs an engine that answers, or root and an installed one ('apt-get install docker.io' on Debian), which
# the test then starts and stops. ComposePublisher needs a NuGet source with the package Aspire.Hosting.Docker. Systemd
# needs version 250 or newer, but not to be running.
set -euo pipefail
cd "$(dirname "$0")"
exec < /dev/null

if ! command -v dotnet > /dev/null; then
  echo "dotnet was not found. Install the .NET 10 SDK (https://dotnet.microsoft.com/download) and try again." >&2
  exit 1
fi
export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1 MSBUILDDISABLENODEREUSE=1

# Most tests wait more than they compute, so two run per processor. Those that measure or load the machine follow, one
# by one: their collections disable parallelization.
parallel=xUnit.MaxParallelThreads=2x
hang=$((300 + ${P2PCHAT_CHAOS_SECONDS:-40}))
if [ "${1:-}" = --long ]; then
  shift
  export P2PCHAT_SEEDS=${P2PCHAT_SEEDS:-250000} P2PCHAT_NETWORKS=${P2PCHAT_NETWORKS:-100000}
  export P2PCHAT_FUZZ_INPUTS=${P2PCHAT_FUZZ_INPUTS:-10000000} P2PCHAT_CHAOS_SECONDS=${P2PCHAT_CHAOS_SECONDS:-600}
  export P2PCHAT_TIMER_SEEDS=${P2PCHAT_TIMER_SEEDS:-5000} P2PCHAT_COPY_SEEDS=${P2PCHAT_COPY_SEEDS:-5000}
  export P2PCHAT_ROOM_SEEDS=${P2PCHAT_ROOM_SEEDS:-10000} P2PCHAT_LARGE_ROOM_SEEDS=${P2PCHAT_LARGE_ROOM_SEEDS:-20}
  export P2PCHAT_CUTS=${P2PCHAT_CUTS:-10000}
  export P2PCHAT_IDLE_SECONDS=${P2PCHAT_IDLE_SECONDS:-60} P2PCHAT_BENCH=${P2PCHAT_BENCH:-full}
  export P2PCHAT_FILE_SEEDS=${P2PCHAT_FILE_SEEDS:-5000} P2PCHAT_FILE_MIB=${P2PCHAT_FILE_MIB:-2048}
  export P2PCHAT_STARTS=${P2PCHAT_STARTS:-100} P2PCHAT_NAT_PAIRS=${P2PCHAT_NAT_PAIRS:-all}
  # A single test may take an hour, and would take processors from the others.
  hang=7200
  parallel=xUnit.ParallelizeTestCollections=false
fi

redis=$(eng/get-redis.sh)
[ -z "$redis" ] || export PATH="$redis:$PATH"

left_out=()
[ "$(id -u)" = 0 ] || left_out+=(Root)
{ command -v python3 && command -v openssl; } > /dev/null || left_out+=(Python)
eng/get-chromium.sh || left_out+=(Chromium)
[ -n "${P2PCHAT_PICTURES:-}" ] || left_out+=(Pictures)
eng/previous-build.sh --which > /dev/null 2>&1 || left_out+=(History)
command -v zsh > /dev/null || left_out+=(Zsh)
command -v fish > /dev/null || left_out+=(Fish)
ls /usr/lib/*/faketime/libfaketime.so.1 > /dev/null 2>&1 || left_out+=(Faketime)
eng/container-engine.sh available || left_out+=(Container)
systemd-analyze --help 2> /dev/null | grep -q -- --offline || left_out+=(Systemd)
command -v caddy > /dev/null || left_out+=(Caddy)
eng/get-avahi.sh || left_out+=(Avahi)
eng/get-tmux.sh || left_out+=(Tmux)
eng/get-coturn.sh || left_out+=(Coturn)
eng/get-network-lab.sh || left_out+=(NetworkLab)
{ [ "$(id -u)" = 0 ] && unshare --mount mount -t tmpfs tmpfs /mnt; } 2> /dev/null || left_out+=(Tmpfs)
deploy/publish.sh --available > /dev/null 2>&1 || left_out+=(ComposePublisher)

filter=${1:-}
for requirement in "${left_out[@]}"; do
  filter="${filter:+($filter)&}Requires!=$requirement"
done
[ ${#left_out[@]} = 0 ] || echo "Not run here: tests that require ${left_out[*]}."

# The restore of a solution ignores WarningsNotAsErrors, so NU1603 is kept a warning here as well.
dotnet build P2PChat.sln --configuration Release -warnaserror -warnnotaserror:NU1603

# Builds the previous version for the upgrade tests while others run. Those tests wait for it, and report its failure.
trap 'kill $(jobs -p) 2> /dev/null || true' EXIT
[ -n "${1:-}" ] || [[ " ${left_out[*]} " == *" History "* ]] || nice eng/previous-build.sh > /dev/null 2>&1 &

results=artifacts/test-results
rm -rf "$results"
status=0
dotnet test P2PChat.Tests --configuration Release --no-build --results-directory "$results" --logger trx \
  --blame-hang-timeout "${hang}s" --blame-hang-dump-type none ${filter:+--filter "$filter"} \
  -- "$parallel" || status=$?
wait

# <Counters total="7" executed="6" passed="6" failed="0" … />: skipped tests count in the total only.
read -r total executed passed < <(cat "$results"/*.trx 2> /dev/null | awk '
  /<Counters / {
    match($0, /total="[0-9]+"/); total += substr($0, RSTART + 7, RLENGTH - 8)
    match($0, /executed="[0-9]+"/); executed += substr($0, RSTART + 10, RLENGTH - 11)
    match($0, /passed="[0-9]+"/); passed += substr($0, RSTART + 8, RLENGTH - 9)
  }
  END { print total + 0, executed + 0, passed + 0 }')
failed=$((executed - passed))
skipped=$((total - executed))

[ "$failed" = 0 ] || status=1
if [ "$total" = 0 ]; then
  echo "No test was run."
  status=1
elif [ "$status" != 0 ] && [ "$failed" = 0 ]; then
  echo "The test run was aborted; see above."
elif [ "$skipped" != 0 ] && [ "${CI:-}" = true ]; then
  echo "Selected tests were skipped. With CI=true that is a failure."
  status=1
fi
echo "$passed passed, $failed failed, $skipped skipped"
exit "$status"
