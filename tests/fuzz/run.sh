#!/usr/bin/env bash
# Runs the fuzz targets under libFuzzer, two at a time, each for so many seconds:
#   run.sh SECONDS [TARGET...]
# FUZZ_SEED makes two runs take the same way; without it each takes another.
# Inputs that found something new are kept in the build folder, for the next run. A crash leaves its input there and
# makes the run fail; it belongs into tests/fuzz/seeds together with the fix.
set -euo pipefail
cd "$(dirname "$0")/../.."

seconds=$1
shift
targets=("$@")
((${#targets[@]})) || mapfile -t targets < <(ls tests/fuzz/seeds)

build=$(realpath -m "${CARGO_TARGET_DIR:-target}")/fuzz
host=$(rustc -vV | sed -n 's/^host: //p')
# LLVM's own pass and options, which stable Rust hands on: a counter for each edge, and the operands of comparisons.
coverage="-Cpasses=sancov-module"
for option in level=4 inline-8bit-counters pc-table trace-compares; do
  coverage+=" -Cllvm-args=-sanitizer-coverage-$option"
done
# With --target the flags are kept away from build scripts, which have no engine to link with.
RUSTFLAGS="$coverage" CARGO_TARGET_DIR="$build" \
  cargo build --quiet --locked --profile fuzz -p fuzz --features engine --target "$host"
program="$build/$host/fuzz/fuzz"
mkdir -p "$build/found" "$build/log"

# Is the engine guided? Chance would not open this lock in a lifetime.
if FUZZ_TARGET=lock "$program" -runs=5000000 -artifact_prefix="$build/found/lock-" >"$build/log/lock" 2>&1; then
  echo "fuzz: the engine is blind: it does not see which code ran" >&2
  exit 1
fi
rm -f "$build"/found/lock-*

one() { # target
  local corpus="$build/corpus/$1" log="$build/log/$1"
  mkdir -p "$corpus"
  FUZZ_TARGET=$1 "$program" -max_total_time="$seconds" -seed="${FUZZ_SEED:-0}" -timeout=30 -rss_limit_mb=1024 -max_len=16384 \
    -artifact_prefix="$build/found/$1-" -print_final_stats=1 "$corpus" "tests/fuzz/seeds/$1" >"$log" 2>&1
}

say() { # target, exit code
  local log="$build/log/$1" began ended runs
  began=$(grep -m1 -oP 'INITED cov: \K\d+' "$log" || echo 0)
  ended=$(grep -oP ' cov: \K\d+' "$log" | tail -n 1 || echo 0)
  runs=$(grep -oP 'stat::number_of_executed_units: \K\d+' "$log" || echo 0)
  printf '%-12s %10d runs, edges %5d -> %5d  %s\n' "$1" "$runs" "$began" "${ended:-0}" "$( (($2)) && echo FAILED)"
  if (($2)); then
    grep -aE 'panicked at|SUMMARY|ERROR' -A 3 "$log" | head -n 20
    echo "the input: $(grep -aoP 'Test unit written to \K.*' "$log" || true)"
  fi
}

passed=0
failed=0
for ((i = 0; i < ${#targets[@]}; i += 2)); do
  pair=("${targets[@]:i:2}")
  waits=()
  for target in "${pair[@]}"; do
    one "$target" &
    waits+=($!)
  done
  for n in "${!pair[@]}"; do
    code=0
    wait "${waits[n]}" || code=$?
    say "${pair[n]}" "$code"
    if ((code)); then failed=$((failed + 1)); else passed=$((passed + 1)); fi
  done
done
# In the words of node's test runner, which tests/run.sh counts.
printf '# pass %d\n# fail %d\n' "$passed" "$failed"
((failed == 0))
