#!/usr/bin/env bash
# A PostgreSQL server for tests and benches: on a socket in a temporary folder, for this user alone. The server ends, and
# all of it is removed, when the command ends; without a command, when the standard input does.
#   postgres.sh COMMAND...   runs the command, with the folder of the socket in SHANQIAO_TEST_POSTGRES
#   postgres.sh              prints that folder
# What is committed is not forced onto the disk, but with FSYNC=on.
set -euo pipefail

programs=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -n 1 || true)
if [[ ! -x $programs/initdb ]]; then
  echo "postgres.sh: PostgreSQL is missing: run deploy/install.sh tests" >&2
  exit 3
fi

# PostgreSQL refuses to run as root.
as=(setpriv --pdeathsig QUIT)
folder=$(mktemp -d /tmp/shanqiao-postgres.XXXXXX)
if ((EUID == 0)); then
  user=postgres
  id "$user" >/dev/null 2>&1 || user=nobody
  as+=(--reuid "$user" --regid "$(id -g "$user")" --clear-groups)
  chown "$user" "$folder"
  chmod 755 "$folder"
fi
end() {
  trap - EXIT
  [[ -z ${server:-} ]] || { kill -QUIT "$server" && wait "$server"; } 2>/dev/null || true
  rm -rf "$folder"
}
trap end EXIT
trap 'exit 130' INT TERM HUP

cd "$folder"
"${as[@]}" "$programs/initdb" -D "$folder/data" -U shanqiao -A trust -E UTF8 --locale=C.UTF-8 --no-sync >"$folder/log" 2>&1 ||
  { cat "$folder/log" >&2; exit 1; }
# Whom the tests call `guest` must say a password.
printf 'local all guest scram-sha-256\nlocal all all trust\n' >"$folder/data/pg_hba.conf"
"${as[@]}" "$programs/postgres" -D "$folder/data" -k "$folder" -c listen_addresses= -c max_connections=400 \
  -c shared_buffers=64MB -c fsync="${FSYNC:-off}" -c log_min_messages=panic >>"$folder/log" 2>&1 </dev/null &
server=$!
until "$programs/pg_isready" -q -h "$folder" -U shanqiao -d postgres; do
  kill -0 "$server" 2>/dev/null || { cat "$folder/log" >&2; exit 1; }
  sleep 0.05
done
cd - >/dev/null

if (($#)); then
  SHANQIAO_TEST_POSTGRES=$folder "$@"
else
  echo "$folder"
  cat >/dev/null
fi
