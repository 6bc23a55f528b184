#!/usr/bin/env bash
# A mail server of another make (aiosmtpd) for the tests of invitations, with a parser of iCalendar of another make; what it
# is told and what it tells stands at the head of server.py. Arguments go to it.
set -euo pipefail
cd "$(dirname "$0")/../.."
python=$(realpath -m "${CARGO_TARGET_DIR:-target}")/mails/python
mkdir -p "$(dirname "$python")"
# Tests of two programs may begin at once.
exec 9>"$python.lock"
flock 9
if [[ ! -e $python/made ]]; then
  python3 -m venv "$python"
  "$python/bin/pip" install --quiet --disable-pip-version-check -r tests/mails/requirements.txt >&2
  touch "$python/made"
fi
flock -u 9
exec 9>&-
exec "$python/bin/python" tests/mails/server.py "$@"
