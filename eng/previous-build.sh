#!/bin/bash
# Builds the directory and the peer as they were before the latest change to them, into artifacts/previous, once a commit:
# what a rolling upgrade is tested from. Prints the directory with their projects.
#
#   eng/previous-build.sh --which    only says which commit that is
#
# P2PCHAT_PREVIOUS names another commit or tag, a release for instance. Without one it is HEAD where the directory or the peer
# differ from it, else the parent of the last commit that changed them, so that a commit to the documents alone does not have
# a build tested against itself.
set -euo pipefail
cd "$(dirname "$0")/.."
exec < /dev/null

give_up() {
  echo "There is no previous build to test an upgrade from: $1" >&2
  exit 3
}

# What the two are built from.
sources=(P2PChat.Protocol P2PChat.ServiceDefaults P2PChat.Discovery P2PChat.Node P2PChat.Peer Directory.Packages.props)

command -v git > /dev/null || give_up "there is no git."
top=$(git rev-parse --show-toplevel 2> /dev/null) && [ "$top" -ef . ] || give_up "this is no git clone (or git does not trust it)."
if [ -n "${P2PCHAT_PREVIOUS:-}" ]; then
  commit=$(git rev-parse --quiet --verify "$P2PCHAT_PREVIOUS^{commit}") || give_up "P2PCHAT_PREVIOUS is '$P2PCHAT_PREVIOUS', which this clone does not have."
elif ! git diff --quiet HEAD -- "${sources[@]}"; then
  commit=$(git rev-parse HEAD)
else
  changed=$(git rev-list -1 --first-parent HEAD -- "${sources[@]}")
  commit=$(git rev-parse --quiet --verify "$changed^") || give_up "the clone's history does not reach that far; fetch more of it, or name a commit in P2PCHAT_PREVIOUS."
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
  # One at a time: nobody comes back to an old one, and each takes 50 MB.
  find artifacts/previous -mindepth 1 -maxdepth 1 -type d -exec rm -rf {} +
  mkdir -p "$home"
  git archive "$commit" | tar -x -C "$home"
  for project in Discovery Peer; do
    if ! (cd "$home" && dotnet build "P2PChat.$project" --configuration Release -nodeReuse:false -p:RunAnalyzers=false -p:UseSharedCompilation=false -p:WarningsNotAsErrors=NU1603) > "$home/build.log" 2>&1 9>&-; then
      tail -n 20 "$home/build.log" >&2
      echo "P2PChat.$project does not build as it was at $commit; name another commit in P2PCHAT_PREVIOUS." >&2
      exit 1
    fi
  done
  touch "$home/built"
fi
echo "$home"
