#!/usr/bin/env bash
# What our estimator of an access link reaches on simulated links, beside the GCC of webrtc-rs; `--quick` for fewer links.
# Time is virtual, so the profile of tests is fast enough, and built already.
set -euo pipefail
cd "$(dirname "$0")/../.."
exec cargo run --quiet --locked -p tests --example estimate -- "$@"
