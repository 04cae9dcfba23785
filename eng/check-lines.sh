#!/bin/bash
# Reports lines of more than 120 characters. Exempt: data, code of others, table rows, and lines with a long URL.
set -euo pipefail
cd "$(dirname "$0")/.."
git ls-files -z -- '*.cs' '*.razor' '*.md' '*.css' '*.js' '*.sh' '*.lua' '*.proto' '*.csproj' '*.props' '*.py' '*.yml' \
  '.ci/run' '.editorconfig' 'deploy/*' ':!:docs/vectors' ':!:*.json' ':!:deploy/docker-compose.yaml' \
  ':!:P2PChat.Peer/wwwroot/jsqr' |
  xargs -0 python3 -c '
import re, sys
failed = False
for path in sys.argv[1:]:
    with open(path, encoding="utf-8") as file:
        for number, line in enumerate(file, 1):
            line = line.rstrip("\n")
            if len(line) <= 120 or (path.endswith(".md") and line.lstrip().startswith("|")):
                continue
            if re.search(r"https?://\S{60,}", line):
                continue
            failed = True
            print(f"{path}:{number}: {len(line)} characters")
sys.exit(failed)
'
