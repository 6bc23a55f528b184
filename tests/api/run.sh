#!/usr/bin/env bash
# Makes requests out of the description of the API, good ones and bad ones, sends them to a running scheduler as its administrator,
# and holds every answer against the description: no failure of the server, no status, header, type or form that is not described,
# nothing accepted that the description forbids.
#   run.sh [SECONDS] [SEED]     100 s, seed 11: the same requests each time
set -euo pipefail
cd "$(dirname "$0")/../.."
seconds=${1:-100}
seed=${2:-11}
build=$(realpath -m "${CARGO_TARGET_DIR:-target}")
python=$build/api/python
mkdir -p "$build/api"

if ! cmp -s tests/api/requirements.txt "$python/installed"; then
  python3 -m venv "$python"
  "$python/bin/pip" install --quiet --disable-pip-version-check -r tests/api/requirements.txt
  cp tests/api/requirements.txt "$python/installed"
fi
cargo build --workspace --locked --quiet --example county

# The county ends with its standard input: with this script.
coproc county { exec "$build/debug/examples/county"; }
county_in=${county[1]}
read -r address token <&"${county[0]}"

status=0
"$python/bin/schemathesis" run "$address/api/openapi.json" \
  --header "Authorization: Bearer $token" \
  --phases coverage,fuzzing --mode all --seed "$seed" --max-time "$seconds" --no-shrink --continue-on-failure --workers 1 \
  --checks not_a_server_error,status_code_conformance,content_type_conformance,response_headers_conformance,response_schema_conformance,negative_data_rejection,unsupported_method,allow_header_conformance \
  --output-truncate true --warnings off || status=$?
exec {county_in}>&-
exit "$status"
