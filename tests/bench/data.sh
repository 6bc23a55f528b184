#!/usr/bin/env bash
# What each mode takes on the wire, in real browsers on a line that loses packets; the options are those of data/main.js.
set -euo pipefail
cd "$(dirname "$0")/../.."
target=$(realpath -m "${CARGO_TARGET_DIR:-target}")

for need in tests/browser/node_modules tests/fixtures/made/teacher.wav "${CHROMIUM:-/usr/bin/chromium}"; do
  [[ -e $need ]] || { echo "data: $need is missing: run make test once" >&2; exit 3; }
done
echo "== building"
cargo build --quiet --release --locked -p shanqiao -p line
export SHANQIAO=$target/release/shanqiao
exec node tests/bench/data/main.js "$@"
