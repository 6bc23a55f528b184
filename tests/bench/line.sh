#!/usr/bin/env bash
# A call on bad lines in real browsers: our gateway and LiveKit, our client and the stock one, in turn in one run.
# Installs and builds what is missing; the options are those of line/main.js.
set -euo pipefail
cd "$(dirname "$0")/../.."
target=$(realpath -m "${CARGO_TARGET_DIR:-target}")
bin=$target/bench
mkdir -p "$bin"

for need in tests/browser/node_modules tests/fixtures/made/teacher.wav "${CHROMIUM:-/usr/bin/chromium}"; do
  [[ -e $need ]] || { echo "line: $need is missing: run make test once" >&2; exit 3; }
done
echo "== building"
cargo build --quiet --release --locked -p shanqiao -p line
tests/bench/livekit/install.sh "$bin" || true

# Browsers and servers of a call go before whatever else this machine does: a frame that it encodes late is no fault of a line.
first=()
if chrt -r 1 true 2>/dev/null; then
  first=(chrt -r 1)
else
  echo "line: not in the real-time class (root has it): read the figures with the machine's load in mind" >&2
fi
export SHANQIAO=$target/release/shanqiao
exec "${first[@]}" node tests/bench/line/main.js --bin "$bin" "$@"
