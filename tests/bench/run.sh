#!/usr/bin/env bash
# Runs every bench, or the one that is named, with its options:
#   run.sh
#   run.sh forward --scenarios 1x50,10x2x2 --rounds 1 --secs 6 --targets ours,floor
# A bench is a script of its name beside this one; it ends with 3 when this machine lacks what it needs.
set -uo pipefail
cd "$(dirname "$0")"

names=()
for script in *.sh; do
  [[ $script == run.sh ]] || names+=("${script%.sh}")
done
if (($#)); then
  [[ -x $1.sh ]] || { echo "bench: there is no $1; there are: ${names[*]}" >&2; exit 2; }
  name=$1
  shift
  exec "./$name.sh" "$@"
fi

code=0
for name in "${names[@]}"; do
  printf '\n== %s\n' "$name"
  "./$name.sh"
  case $? in
    0) ;;
    3) echo "$name: not measured, see above" ;;
    *) code=1 ;;
  esac
done
exit "$code"
