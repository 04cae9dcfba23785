# Sourced by run.sh: fetches Aspire's command line, which carries its dashboard, and tells the AppHost where it is.
aspire_cli=@microsoft/aspire-cli-linux-x64
aspire_version=$(sed -n 's|.*<AspireVersion>\(.*\)</AspireVersion>.*|\1|p' Directory.Packages.props)
if [ "$(uname -sm)" != "Linux x86_64" ]; then
  echo "On a restricted feed the dashboard can be had for Linux on x64 only: run without --dashboard." >&2
  exit 1
fi
aspire=$PWD/artifacts/dashboard/$aspire_version/node_modules/$aspire_cli/bin/aspire
if [ ! -x "$aspire" ]; then
  if ! command -v npm > /dev/null; then
    echo "The dashboard comes as an npm package, and there is no npm on the PATH: install Node.js, or run without --dashboard." >&2
    exit 1
  fi
  echo "Fetching Aspire's dashboard ..."
  if ! npm install --prefix "artifacts/dashboard/$aspire_version" --no-save --no-audit --no-fund --loglevel error "$aspire_cli@$aspire_version"; then
    echo "The dashboard could not be fetched: see what npm said, or run without --dashboard." >&2
    exit 1
  fi
fi
export ASPIRE_DASHBOARD_PATH="$aspire"
