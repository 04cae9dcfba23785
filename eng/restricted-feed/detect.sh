#!/bin/sh
# Finds out whether NuGet's sources on this machine carry Aspire, and writes the answer to artifacts/feed.props, which
# Directory.Build.props imports. Asks again only when the sources or the versions have changed. RestrictedFeed=true or false
# in the environment, or -p:RestrictedFeed=..., decides before anything that is found here.
set -eu
cd "$(dirname "$0")/../.."

if [ -n "${RestrictedFeed:-}" ]; then
  exit 0
fi

answer=artifacts/feed.props
key=$({ dotnet nuget list source; cat Directory.Packages.props; } | cksum | tr -d ' ')
if grep -qs "Key: $key " "$answer"; then
  exit 0
fi

probe=artifacts/feed-probe
mkdir -p "$probe"
cat > "$probe/Probe.csproj" <<'PROBE'
<Project Sdk="Microsoft.NET.Sdk">
  <ItemGroup>
    <PackageReference Include="Aspire.Hosting.Redis;Aspire.Hosting.Testing;Aspire.StackExchange.Redis" />
    <PackageReference Include="OpenTelemetry.Extensions.Hosting" />
  </ItemGroup>
  <PropertyGroup>
    <TargetFramework>net10.0</TargetFramework>
    <NuGetAudit>false</NuGetAudit>
  </PropertyGroup>
</Project>
PROBE

echo "Asking NuGet's sources for Aspire (once; $answer keeps the answer) ..."
if dotnet restore "$probe" -p:ImportDirectoryBuildProps=false -p:ImportDirectoryBuildTargets=false > "$probe/restore.log" 2>&1; then
  restricted=false
elif grep -qE 'NU110[0-3]|NU1015' "$probe/restore.log"; then
  restricted=true
else
  echo "NuGet's sources could not be asked for Aspire; mend them (see $probe/restore.log), or set RestrictedFeed=true or false." >&2
  exit 1
fi

cat > "$answer" <<PROPS
<Project>
  <!-- Written by eng/restricted-feed/detect.sh. Key: $key -->
  <PropertyGroup>
    <RestrictedFeed Condition="'\$(RestrictedFeed)' == ''">$restricted</RestrictedFeed>
  </PropertyGroup>
</Project>
PROPS
if [ $restricted = true ]; then
  echo "The feed is restricted: stand-ins take the place of Aspire's packages."
fi
