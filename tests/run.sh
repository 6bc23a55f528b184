#!/usr/bin/env bash
# Runs every test of the house and counts them. Each part runs even if another failed, so that one run tells all.
set -uo pipefail
cd "$(dirname "$0")/.."

out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
target=${CARGO_TARGET_DIR:-target}
rows=()
passed=0
failed=0

# Adds up what the runners say: cargo's "test result:", node's "ℹ pass" and "ℹ fail".
count() { # word-of-cargo word-of-node file
  awk -v cargo="$1" -v node="$2" '
    /^test result:/ { for (i = 1; i < NF; i++) if ($(i + 1) ~ "^" cargo) sum += $i }
    $1 ~ /^(ℹ|#)$/ && $2 == node && $3 ~ /^[0-9]+$/ { sum += $3 }
    END { print sum + 0 }' "$3"
}

part() { # name, command...
  local name=$1 began=$SECONDS log="$out/${#rows[@]}" code good bad
  shift
  printf '\n== %s\n' "$name"
  "$@" 2>&1 | tee "$log"
  code=${PIPESTATUS[0]}
  good=$(count passed pass "$log")
  bad=$(count failed fail "$log")
  # A part without counted tests is one check; a part that broke before it could count is one failure.
  if ((code != 0 && bad == 0)); then bad=1; fi
  if ((code == 0 && good + bad == 0)); then good=1; fi
  passed=$((passed + good))
  failed=$((failed + bad))
  rows+=("$(printf '%-42s %6d %6d %6d s' "$name" "$good" "$bad" $((SECONDS - began)))")
  return "$code"
}

# Built before it is tested: the budgets are of what was built.
client() { (cd web-client && npm ci --no-audit --no-fund && npm run build && npm test); }
browsers() {
  (cd tests/browser && npm ci --no-audit --no-fund) || return 1
  SHANQIAO="$(realpath "$target")/debug/shanqiao" npm --prefix tests/browser test
}

part "install what is missing" deploy/install.sh tests
part "web client: types, units, build" client
part "format" cargo fmt --all --check
# A check of everything takes as long as half of its build. Where no other build follows (CI), the lints are looked at as it is built; what
# a developer has built stays as it is.
if [[ ${CI:-} == true ]]; then
  export RUSTC_WORKSPACE_WRAPPER=clippy-driver
  built() { cargo test --workspace --locked --no-run 2>&1 | tee "$out/built"; return "${PIPESTATUS[0]}"; }
  linted() { grep -q 'Finished' "$out/built" && ! grep -E '^warning: .* generated [0-9]+ warning' "$out/built"; }
else
  built() { cargo test --workspace --locked --no-run; }
  linted() { cargo clippy --workspace --all-targets --locked -- -D warnings; }
fi
part "bench: its tables and bars" python3 -m unittest discover -s tests/bench/forward -p '*_test.py'
part "test material" tests/material/make.py
part "rust: build" built
part "lints" linted
# Tests wait for much of their time, so the scheduler's run a second time, on PostgreSQL, beside all of them. Of the whole
# workspace, so that nothing is built again for it.
{
  code=0
  env SHANQIAO_TEST_STORE=postgres tests/postgres.sh cargo test --workspace --locked --no-fail-fast --test scenarios --test logging_a_join || code=$?
  echo "$code" >"$out/stored.code"
} >"$out/stored" 2>&1 </dev/null &
stored_pid=$!
beside() { # what has run meanwhile, when it has ended
  tail --pid="$stored_pid" -f /dev/null
  cat "$out/stored"
  return "$(cat "$out/stored.code")"
}
part "rust: units, properties, simulation, API, house" cargo test --workspace --locked --no-fail-fast
part "rust: the scheduler's tests once more, on PostgreSQL" beside
part "web client: types are what the scheduler describes" tests/api/types.sh check
part "API: generated requests against its description" tests/api/run.sh 100
# The browsers drive the program of the build above (`tests/command_line.rs` of `deploy/shanqiao` needs it as well).
part "browsers and native clients on real media" browsers

printf '\n%-42s %6s %6s %8s\n' part passed failed time
printf '%s\n' "${rows[@]}"
printf '\n%d passed, %d failed\n' "$passed" "$failed"
((failed == 0))
