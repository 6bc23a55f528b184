#!/usr/bin/env bash
# What forwarding costs: our gateway, the peers that can be installed, and the machine's own floor, in turn in one run.
# Installs and builds what is missing; the options are those of forward/main.py.
set -euo pipefail
cd "$(dirname "$0")/../.."
target=$(realpath -m "${CARGO_TARGET_DIR:-target}")
bin=$target/bench
mkdir -p "$bin"

lacks() {
  echo "forward: $1" >&2
  exit 3
}
command -v python3 >/dev/null || lacks "python3 is needed: apt-get install python3"
command -v go >/dev/null ||
  lacks "the load generator needs Go 1.26: install it from https://go.dev/dl (Debian 12's golang-go is 1.19, too old)"
minor=$(go env GOVERSION | sed -E 's/^go1\.([0-9]+).*/\1/')
# From 1.21 on an older Go fetches the toolchain that go.mod names.
((minor >= 21)) || lacks "Go is $(go env GOVERSION), but 1.26 is needed, or 1.21 that fetches it: https://go.dev/dl"

echo "== building"
cargo build --quiet --release --locked -p shanqiao
cargo build --quiet --release --locked -p tests --example floor
(cd tests/bench/load && go build -trimpath -o "$bin/load" .)

tests/bench/livekit/install.sh "$bin" || true

missing=()
for package in janus iproute2; do
  state=$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null || true)
  [[ $state == installed ]] || missing+=("$package")
done
root=()
((EUID == 0)) || root=(sudo)
if ((${#missing[@]})); then
  "${root[@]}" apt-get update -q &&
    "${root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "${missing[@]}" ||
    echo "forward: ${missing[*]} could not be installed, so Janus is not measured" >&2
fi

exec "${root[@]}" python3 tests/bench/forward/main.py --bin "$bin" --release "$target/release" "$@"
