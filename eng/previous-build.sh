#!/bin/bash
# Builds the previous version of the directory and the peer into artifacts/previous, as the starting point of the
# rolling upgrade tests. Prints the folder with their projects.
#
#   eng/previous-build.sh --which    only prints the commit
#
# The previous version is HEAD if the working tree changes the sources, else the parent of the last commit that changed
# them. P2PCHAT_PREVIOUS names another commit or tag, for example a release.
set -euo pipefail
cd "$(dirname "$0")/.."
exec < /dev/null

give_up() {
  echo "No previous build to test an upgrade from: $1" >&2
  exit 3
}

sources=(P2PChat.{Protocol,ServiceDefaults,Discovery,Client,Node,Peer} Directory.Packages.props)

command -v git > /dev/null || give_up "git is not installed."
top=$(git rev-parse --show-toplevel 2> /dev/null) && [ "$top" -ef . ] ||
  give_up "this is not a git clone, or git does not trust it."
if [ -n "${P2PCHAT_PREVIOUS:-}" ]; then
  commit=$(git rev-parse --quiet --verify "$P2PCHAT_PREVIOUS^{commit}") ||
    give_up "this clone does not have '$P2PCHAT_PREVIOUS' (P2PCHAT_PREVIOUS)."
elif ! git diff --quiet HEAD -- "${sources[@]}"; then
  commit=$(git rev-parse HEAD)
else
  changed=$(git rev-list -1 --first-parent HEAD -- "${sources[@]}")
  commit=$(git rev-parse --quiet --verify "$changed^") ||
    give_up "the clone is too shallow. Fetch more history, or name a commit in P2PCHAT_PREVIOUS."
fi
if [ "${1:-}" = --which ]; then
  echo "$commit"
  exit 0
fi

home=$PWD/artifacts/previous/$commit
mkdir -p artifacts/previous
exec 9> artifacts/previous/lock
flock 9
if [ ! -e "$home/built" ]; then
  # Older builds are not needed again, and each takes 50 MB.
  find artifacts/previous -mindepth 1 -maxdepth 1 -type d -exec rm -rf {} +
  mkdir -p "$home"
  git archive "$commit" | tar -x -C "$home"
  for project in Discovery Peer; do
    if ! (cd "$home" && dotnet build "P2PChat.$project" --configuration Release -nodeReuse:false \
      -p:RunAnalyzers=false -p:UseSharedCompilation=false -p:WarningsNotAsErrors=NU1603) \
      > "$home/build.log" 2>&1 9>&-; then
      tail -n 20 "$home/build.log" >&2
      echo "P2PChat.$project does not build at $commit. Name another commit in P2PCHAT_PREVIOUS." >&2
      exit 1
    fi
  done
  touch "$home/built"
fi
echo "$home"
