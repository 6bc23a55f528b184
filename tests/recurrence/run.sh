#!/usr/bin/env bash
# Holds recurrence against two other programs, recurring-ical-events (Python) and rrule with Temporal (JavaScript), over
# random rules in ten zones; every instant must be the same. And a feed of ours is read by a calendar library (ical.js).
#   run.sh [COUNT] [SEED]      10000 rules, seed 5545; some 20 minutes
#   run.sh record              writes the 320 rules that the tests keep (scheduler/calendar/tests/fixtures)
set -euo pipefail
cd "$(dirname "$0")/../.."
here=$PWD/tests/recurrence
build=$(realpath -m "${CARGO_TARGET_DIR:-target}")/recurrence
kept=$PWD/scheduler/calendar/tests/fixtures/recurrence.jsonl
mkdir -p "$build"

if [[ ! -x $build/python/bin/python ]]; then
  python3 -m venv "$build/python"
  "$build/python/bin/pip" install --quiet --disable-pip-version-check -r "$here/requirements.txt"
fi
(cd "$here" && npm ci --silent --no-audit --no-fund)

both() { # count, seed, file
  "$build/python/bin/python" "$here/cases.py" "$1" "$2" >"$build/cases.jsonl"
  node "$here/oracle.js" <"$build/cases.jsonl" >"$3"
}

if [[ ${1:-} == record ]]; then
  both 320 77 "$kept"
else
  cargo run --locked --quiet -p calendar --example feed | node "$here/feed.js"
  both "${1:-10000}" "${2:-5545}" "$build/agreed.jsonl"
  RECURRENCE_CASES="$build/agreed.jsonl" cargo test --locked -p calendar --test oracles -- --nocapture
fi
