#!/usr/bin/env bash
# How long a search for slots takes in a county of 14 townships and 210 villages with a year of bookings; some minutes to
# build. A number asks for so many searches.
set -euo pipefail
cd "$(dirname "$0")/../.."
exec cargo run --quiet --release --locked -p scheduler --example slots -- "$@"
