#!/bin/bash
# Builds everything and runs the tests; gets what they need first. The last line is "N passed, N failed, N skipped".
#
#   ./test.sh                              all that this machine can run
#   ./test.sh FullyQualifiedName~Resilience   those that a filter of `dotnet test` chooses
#
# P2PCHAT_SEEDS=100000 runs as many simulated histories (1,000 otherwise), P2PCHAT_SEED=n that one alone with its steps.
# P2PCHAT_CHAOS_SECONDS=600 kills processes and cuts links for as long (40 otherwise), P2PCHAT_CHAOS_SEED=n as in that run.
# P2PCHAT_FUZZ_INPUTS=10000000 runs as many fuzzed inputs (200,000 otherwise), P2PCHAT_FUZZ_SEED=n others; P2PCHAT_CUTS=10000
# as many cut connections (600 otherwise); P2PCHAT_LISTENERS=2500 fewer event streams than 10,000, where a process may
# not have 11,000 open files. P2PCHAT_STARTS=100 starts as many directories against a Redis Cluster (3 otherwise).
# P2PCHAT_PREVIOUS=v0.1.0 tests the rolling upgrade from that commit or tag (see eng/previous-build.sh).
#
# One of the tests runs P2PChat.Bench for a minute, to see that each row comes out: BenchProgramTests. It looks at no time.
#
# A test that needs more than the SDK and Redis says so by a trait Requires=ComposePublisher, Root, Container, Python
# (with openssl), Chromium, Zsh, Fish or History (a clone with its past), and is left out where that is missing. With CI=true a test that was chosen and then skips itself
# is a failure.
#
# Container needs an engine that answers, or root and an installed one ('apt-get install docker.io' on Debian), which
# the test then starts and stops. ComposePublisher needs a NuGet source with the package Aspire.Hosting.Docker.
set -euo pipefail
cd "$(dirname "$0")"
exec < /dev/null

command -v dotnet > /dev/null || { echo "There is no dotnet: install the .NET 10 SDK (https://dotnet.microsoft.com/download) and start again." >&2; exit 1; }
export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1 MSBUILDDISABLENODEREUSE=1

redis=$(eng/get-redis.sh)
[ -z "$redis" ] || export PATH="$redis:$PATH"

left_out=()
[ "$(id -u)" = 0 ] || left_out+=(Root)
{ command -v python3 && command -v openssl; } > /dev/null || left_out+=(Python)
eng/get-chromium.sh || left_out+=(Chromium)
eng/previous-build.sh --which > /dev/null 2>&1 || left_out+=(History)
command -v zsh > /dev/null || left_out+=(Zsh)
command -v fish > /dev/null || left_out+=(Fish)
eng/container-engine.sh available || left_out+=(Container)
deploy/publish.sh --available > /dev/null 2>&1 || left_out+=(ComposePublisher)

filter=${1:-}
for requirement in "${left_out[@]}"; do
  filter="${filter:+($filter)&}Requires!=$requirement"
done
[ ${#left_out[@]} = 0 ] || echo "Left out here: tests that require ${left_out[*]}."

# A solution's restore reads no WarningsNotAsErrors: a neighbouring version of a package stays a warning by this.
dotnet build P2PChat.sln --configuration Release -warnaserror -warnnotaserror:NU1603

results=artifacts/test-results
rm -rf "$results"
status=0
# Where nobody watches, one collection at a time: the simulator and the fuzzers would take the processors from peers that have
# seconds to answer.
serial=()
[ "${CI:-}" != true ] || serial=(-- xUnit.ParallelizeTestCollections=false)
dotnet test P2PChat.Tests --configuration Release --no-build --results-directory "$results" --logger trx \
  --blame-hang-timeout $((300 + ${P2PCHAT_CHAOS_SECONDS:-40}))s --blame-hang-dump-type none ${filter:+--filter "$filter"} "${serial[@]}" || status=$?

# <Counters total="7" executed="6" passed="6" failed="0" … />: what was skipped is in the total only.
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
  echo "The test run itself broke off; see above."
elif [ "$skipped" != 0 ] && [ "${CI:-}" = true ]; then
  echo "Tests that were chosen have been skipped; with CI=true that is a failure."
  status=1
fi
echo "$passed passed, $failed failed, $skipped skipped"
exit "$status"
