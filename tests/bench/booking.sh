#!/usr/bin/env bash
# Racing bookings on both stores: 16 processes, 100,000 attempts over 50 resources, ours (to be refused, and to be told why) beside
# check-then-insert.
#   booking.sh [--attempts 100000] [--processes 16] [--days 10]
# PostgreSQL forces each commit onto the disk, as SQLite does.
set -euo pipefail
cd "$(dirname "$0")/../.."
compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null || { echo "booking: PostgreSQL is missing: run deploy/install.sh tests" >&2; exit 3; }
cargo build --quiet --release --locked -p scheduler --features races --example booking
FSYNC=on exec tests/postgres.sh "${CARGO_TARGET_DIR:-target}/release/examples/booking" "$@"
