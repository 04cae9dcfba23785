#!/bin/bash
# Builds a release of the committed state: a self-contained single file per platform, the .NET tool, a list of what is
# in them (SBOM, CycloneDX) and SHA256SUMS, in artifacts/release/VERSION. See docs/deploy.md, "Downloads".
#
#   eng/release.sh [VERSION] [PLATFORM ...]    default: the version of Directory.Build.props, all four platforms
#   eng/release.sh --check-reproducible [PLATFORM ...]
#       builds twice, in two clones at different paths, and compares every file; linux-x64 by default
#
# The same commit, SDK and packages give the same bytes: paths are mapped, and every date is the commit's. It builds in
# a clone, so uncommitted changes are left out. READY_TO_RUN=false builds without ahead-of-time compilation, for a
# package source that lacks the compiler; the files then start more slowly.
set -euo pipefail
cd "$(dirname "$0")/.."
exec < /dev/null
umask 022
export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1 MSBUILDDISABLENODEREUSE=1 LC_ALL=C TZ=UTC

platforms=(linux-x64 linux-arm64 win-x64 osx-arm64)
commit=$(git rev-parse HEAD)
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
fail() {
  echo "FAILED: $*" >&2
  exit 1
}
# quietly WHAT COMMAND...: shows the end of the output if the command fails.
quietly() {
  echo "$1 ..."
  "${@:2}" > "$scratch/build.log" 2>&1 || {
    grep -E 'error|FAILED' "$scratch/build.log" >&2 || tail -n 30 "$scratch/build.log" >&2
    fail "$1"
  }
}

# component TYPE NAME VERSION LICENSE PURL: prints an entry of the SBOM, and a comma.
component() {
  printf '{ "type": "%s", "bom-ref": "%s", "name": "%s", "version": "%s", "scope": "required", ' "$1" "$5" "$2" "$3"
  printf '"licenses": [{ "license": { "id": "%s" } }], "purl": "%s" },\n' "$4" "$5"
}
# sbom VERSION OUTPUT PLATFORM...: lists the packages, docs/third-party.md, and the runtime in each single file.
sbom() {
  local version=$1 output=$2 runtime list part platform
  dotnet CycloneDX P2PChat.App/P2PChat.App.csproj --recursive --disable-package-restore --no-serial-number \
    --configuration Release --set-name p2pchat --set-version "$version" --output "$scratch" --filename bom.json \
    --output-format Json --spec-version 1.6
  runtime=$(dotnet msbuild P2PChat.App -getProperty:BundledNETCoreAppPackageVersion)
  list=$(
    component library jsqr 1.4.0 Apache-2.0 pkg:npm/jsqr@1.4.0
    component data unicode-emoji 17.0 Unicode-3.0 pkg:generic/unicode-emoji@17.0
    component data cldr-annotations-full 48.2.0 Unicode-3.0 pkg:npm/cldr-annotations-full@48.2.0
    component library inter 5.3.0 OFL-1.1 pkg:npm/%40fontsource-variable/inter@5.3.0
    for platform in "${@:3}"; do
      for part in Microsoft.AspNetCore.App.Runtime Microsoft.NETCore.App.Runtime; do
        component framework "$part.$platform" "$runtime" MIT "pkg:nuget/$part.$platform@$runtime"
      done
    done
  )
  # The tool writes the time of day, and knows neither the runtime nor SOURCE_DATE_EPOCH.
  list=$list awk -v date="$(date -u -d "@$SOURCE_DATE_EPOCH" +%Y-%m-%dT%H:%M:%SZ)" '
    /^    "timestamp": / { sub(/: ".*"/, ": \"" date "\"") }
    { print }
    /^  "components": \[/ { print ENVIRON["list"] }' "$scratch/bom.json" > "$output"
}

# build VERSION SOURCE OUTPUT PLATFORM...
build() {
  local version=$1 source=$2 output=$3 platform extension
  local options=(-c Release -p:Version="$version" -p:ContinuousIntegrationBuild=true -p:DebugType=none
    -p:RunAnalyzers=false ${READY_TO_RUN:+-p:PublishReadyToRun="$READY_TO_RUN"})
  git clone --quiet --no-hardlinks --no-checkout . "$source"
  git -C "$source" checkout --quiet --detach "$commit"
  mkdir -p "$output"
  output=$(cd "$output" && pwd)
  cd "$source"
  SOURCE_DATE_EPOCH=$(git log -1 --format=%ct)
  export SOURCE_DATE_EPOCH
  quietly "The tools" dotnet tool restore
  for platform in "${@:4}"; do
    extension=
    [[ $platform != win-* ]] || extension=.exe
    quietly "p2pchat for $platform" dotnet publish P2PChat.App -r "$platform" -p:PublishSingleFile=true \
      "${options[@]}" -o "$scratch/published"
    [ "$(ls "$scratch/published")" = "p2pchat$extension" ] ||
      fail "$platform is more than one file: $(ls "$scratch/published")"
    mv "$scratch/published/p2pchat$extension" "$output/p2pchat-$version-$platform$extension"
  done
  quietly "The .NET tool" dotnet pack P2PChat.App "${options[@]}" -o "$output"
  quietly "The SBOM" sbom "$version" "$output/p2pchat-$version.cdx.json" "${@:4}"
  cd "$output"
  sha256sum p2pchat* > SHA256SUMS
  cd "$OLDPWD"
}

known_version() { sed -n 's|.*<Version>\(.*\)</Version>.*|\1|p' Directory.Build.props; }

if [ "${1:-}" = --check-reproducible ]; then
  shift
  [ $# != 0 ] || set -- linux-x64
  output=$PWD/artifacts/release/twice
  rm -rf "$output"
  (build "$(known_version)" "$scratch/one" "$output/one" "$@")
  (build "$(known_version)" "$scratch/another/with a longer path" "$output/another" "$@")
  cat "$output/one/SHA256SUMS"
  diff "$output/one/SHA256SUMS" "$output/another/SHA256SUMS" >&2 ||
    fail "the two builds differ: compare $output/one and $output/another."
  echo "Two builds in different directories are equal, byte by byte."
  exit 0
fi

version=$(known_version)
if [[ ${1:-} =~ ^[0-9] ]]; then
  version=$1
  shift
fi
[[ $version =~ ^[0-9]+\.[0-9]+\.[0-9]+(-[0-9A-Za-z.-]+)?$ ]] ||
  fail "'$version' is not a version such as 1.2.3 or 1.2.3-rc.1."
for platform in "$@"; do
  [[ " ${platforms[*]} " == *" $platform "* ]] ||
    fail "'$platform' is not one of the platforms ${platforms[*]}."
done
[ $# = 0 ] || platforms=("$@")
[ -z "$(git status --porcelain)" ] || echo "Uncommitted changes are left out."
output=$PWD/artifacts/release/$version
rm -rf "$output"
(build "$version" "$scratch/source" "$output" "${platforms[@]}")
(cd "$output" && sha256sum --check --quiet SHA256SUMS && du -h --apparent-size p2pchat*)
echo "The release is in artifacts/release/$version."
