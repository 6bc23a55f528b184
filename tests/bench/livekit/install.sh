#!/usr/bin/env bash
# install.sh DIR: LiveKit's server into DIR, if it is not there; some minutes, once.
set -euo pipefail
bin=$1
# Later versions carry replace directives, which `go install` refuses.
version=v1.13.5

[[ ! -x $bin/livekit-server ]] || exit 0
lacks() {
  echo "LiveKit: $1, so it is not measured" >&2
  exit 1
}
command -v go >/dev/null || lacks "Go is not installed (https://go.dev/dl)"
echo "== LiveKit $version (some minutes, once)"
GOFLAGS=-trimpath GOBIN=$bin go install "github.com/livekit/livekit-server/cmd/server@$version" || lacks "it could not be built"
mv "$bin/server" "$bin/livekit-server"
