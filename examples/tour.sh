#!/usr/bin/env bash
# SPDX-License-Identifier: BSL-1.0
# Makes the pictures of docs/viewer.md: the demo's service under load, made sick on purpose, looked at through the viewer
# on a virtual display, with clicks and keys. `./run docs pictures` builds what it needs first.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
readonly bin=build/release/bin out=docs/viewer port=18479
readonly service=http://127.0.0.1:$port

scratch=$(mktemp -d "${TMPDIR:-/tmp}/asioscope-tour.XXXXXX")
children=()
start() {  # log, command…
  setpriv --pdeathsig TERM -- "${@:2}" >"$1" 2>&1 </dev/null &
  children+=($!)
}
leave() {
  ((${#children[@]})) && kill "${children[@]}" 2>/dev/null
  rm -rf "$scratch"
}
trap leave EXIT

start "$scratch/xvfb" Xvfb -displayfd 1 -screen 0 1400x900x24 -nolisten tcp
start "$scratch/shop" "$bin/asioscope-shop" --port "$port" --database "$scratch/shop.sqlite"
for ((i = 0; i < 100; i++)); do
  [[ -s $scratch/xvfb ]] && curl -fs -o /dev/null "$service/" && break
  sleep 0.1
done
export DISPLAY=:$(head -n 1 "$scratch/xvfb") LIBGL_ALWAYS_SOFTWARE=1
socket=$(sed -n 's/.*viewers at //p' "$scratch/shop" | head -n 1)
start "$scratch/load" "$bin/asioscope-load" --url "$service" --rate 200 --connections 8 --duration 3600

sick() {  # what…: asked for, not waited for
  for what; do curl -s -o /dev/null "$service/sick/$what" & done
}

keys() { xdotool key --delay 80 "$@"; sleep 0.4; }
click() { xdotool mousemove "$1" "$2"; sleep 0.4; xdotool click 1; sleep 0.6; }
away() { xdotool mousemove 1398 898; }

picture() {  # name, panel, seconds, what to do meanwhile…
  local name=$1 panel=$2 seconds=$3
  shift 3
  "$bin/asioscope-viewer" "$socket" --panel "$panel" --size 1400x900 --after "$seconds" \
    --screenshot "$out/$name.png" >"$scratch/viewer" 2>&1 &
  local viewer=$!
  sleep 3
  ((!$#)) || "$@"
  away
  wait "$viewer" || { cat "$scratch/viewer" >&2; exit 1; }
  echo "$out/$name.png"
}

from_stall_to_timeline() {
  sick 'block?ms=180'
  sleep 2
  keys 5
  click 693 244   # Timeline
  click 640 174   # the run that blocked
}
exhaust() {
  for ((i = 0; i < 8; i++)); do sick 'hold?ms=9000'; done
  sleep 3
}
exhausted() {
  exhaust
  click 200 143  # the worst comes first
}
a_bad_minute() {
  for ((i = 0; i < 6; i++)); do
    sick leak
    sleep 4
  done
  sick 'block?ms=300' throw
  sleep 1
  exhaust
}
leaked() {
  keys 2  # from now on events are recorded
  sick leak
  sleep 2
  keys 4 ctrl+f
  xdotool type --delay 60 -- 'name:/^leaked$/'
  sleep 1
  click 200 142
}

mkdir -p "$out"
for ((i = 0; i < 6; i++)); do
  sick leak
  sleep 4
done
sick throw throw 'items/0'
picture timeline timeline 9 from_stall_to_timeline
picture handlers handlers 5 click 200 152
picture tasks tasks 11 leaked
picture stalls stalls 4
sick throw throw
picture failures failures 5 click 200 152
picture resources resources 9 exhausted
sleep 8
picture overview overview 35 a_bad_minute
