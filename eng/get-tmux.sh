#!/bin/bash
# Makes sure that tmux 3.3 is on the PATH, for the captures of the terminal: other versions draw some emoji differently.
# Installs the package as root on Debian and its derivatives; otherwise fails with an explanation.
set -euo pipefail
cd "$(dirname "$0")/.."

has_tmux() { tmux -V 2> /dev/null | grep -q '^tmux 3\.3'; }
give_up() {
  echo "tmux 3.3 was not found, and it could not be installed ($1). The captures of the terminal need it." >&2
  exit 1
}
has_tmux && exit 0
command -v tmux > /dev/null && give_up "this is $(tmux -V)"
log=$PWD/artifacts/get-tmux.log
why=$(eng/install-packages.sh tmux "$log" tmux) || give_up "$why"
has_tmux || give_up "see $log"
