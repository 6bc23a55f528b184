#!/usr/bin/env bash
# The web client's types of the scheduler's API, made of its description.
#   types.sh           writes web-client/src/protocol/scheduler.ts
#   types.sh check     fails if that file is not what the code describes
set -euo pipefail
cd "$(dirname "$0")/../.."
made=web-client/src/protocol/scheduler.ts
build=$(realpath -m "${CARGO_TARGET_DIR:-target}")/api
mkdir -p "$build"

(cd tests/api && npm ci --silent --no-audit --no-fund)
cargo build --workspace --locked --quiet --example description
"$build/../debug/examples/description" >"$build/openapi.json"
node tests/api/types.js <"$build/openapi.json" >"$build/scheduler.ts"

if [[ ${1:-} != check ]]; then
  cp "$build/scheduler.ts" "$made"
elif ! diff -u "$made" "$build/scheduler.ts"; then
  echo "$made is not what the scheduler describes any more: run tests/api/types.sh, and see what the client's types say"
  exit 1
fi
