#!/usr/bin/env bash
# Kills the gateway in a class of twenty and starts it at once: when does everybody hear again?
#   restart.sh [rounds] [pages of ours] [stock clients] [native clients]
set -euo pipefail
cd "$(dirname "$0")/../.."
export SHANQIAO=${SHANQIAO:-$PWD/${CARGO_TARGET_DIR:-target}/release/shanqiao}
for need in "$SHANQIAO" tests/browser/node_modules tests/fixtures/made/teacher.wav "${CHROMIUM:-/usr/bin/chromium}"; do
  [[ -e $need ]] || { echo "restart: $need is missing: run make build and make test once" >&2; exit 3; }
done
exec node tests/bench/restart.js "$@"
