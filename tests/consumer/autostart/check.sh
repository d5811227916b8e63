#!/usr/bin/env bash
# SPDX-License-Identifier: BSL-1.0
# Linked and nothing else, the program answers on /metrics with its handler; with ASIOSCOPE=off it is alone:
# one thread, no socket, not a word.
set -euo pipefail
program=$1
scratch=$(mktemp -d)
child=
trap '[[ ! $child ]] || kill "$child" 2>/dev/null || true; rm -rf "$scratch"' EXIT
mkfifo "$scratch/in"

fail() {
  echo "autostart: $*" >&2
  cat "$scratch/out" "$scratch/err" >&2
  exit 1
}

launch() {  # VARIABLE=VALUE…: returns when its handler has run
  env XDG_RUNTIME_DIR="$scratch" "$@" "$program" <"$scratch/in" >"$scratch/out" 2>"$scratch/err" &
  child=$!
  exec 9>"$scratch/in"
  for ((i = 0; i < 100; i++)); do
    ! grep -qx posted "$scratch/out" || return 0
    sleep 0.1
  done
  fail "the handler did not run"
}

finish() {
  exec 9>&-
  wait "$child" || fail "it ended with status $?"
  child=
}

sockets() { find "/proc/$1/fd" -lname 'socket:*' | wc -l; }  # some may be inherited from us

# On: the handler is there, once, under the function that made it.
launch
for ((i = 0; i < 50; i++)); do
  address=$(grep -oE 'http://[0-9.]+:[0-9]+/metrics' "$scratch/err" | head -n 1) && break
  sleep 0.1
done
[[ ${address:-} ]] || fail "it does not say where its metrics are"
curl -fsS --max-time 10 "$address" >"$scratch/metrics" || fail "$address does not answer"
grep -E '^asio_handlers_total\{.*site="[^"]*greet[^"]*".*\} 1$' "$scratch/metrics" ||
  { grep ^asio_handler "$scratch/metrics" >&2 || true; fail "the handler is not in the metrics"; }
finish

# Off: nothing.
launch ASIOSCOPE=off
[[ $(find "/proc/$child/task" -mindepth 1 -maxdepth 1 | wc -l) == 1 ]] || fail "it has threads though it is off"
[[ $(sockets "$child") == $(sockets $$) ]] || fail "it has sockets though it is off"
[[ ! -s $scratch/err ]] || fail "it speaks though it is off"
finish
echo "on: $address answered with the handler; off: one thread, no socket, not a word"
