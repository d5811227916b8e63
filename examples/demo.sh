#!/usr/bin/env bash
# SPDX-License-Identifier: BSL-1.0
# What `./run demo` does once everything is built: a service, a load, the viewer, and a Prometheus if it is asked for.
# Leaves nothing behind.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
readonly bin=build/release/bin out=build/demo

port=8080
seconds=
prometheus=
while (($#)); do
  case $1 in
    --prometheus) prometheus=1; shift ;;
    --port | --seconds)
      [[ ${2:-} =~ ^[1-9][0-9]*$ ]] || { echo "demo: $1 needs a number" >&2; exit 1; }
      declare "${1#--}=$2"
      shift 2
      ;;
    *) echo "demo: unknown option '$1'; see ./run help" >&2; exit 1 ;;
  esac
done
readonly service=http://127.0.0.1:$port

# --- children, and their end -----------------------------------------------------------------------

children=()
nap=
scratch=$(mktemp -d "${TMPDIR:-/tmp}/asioscope-demo.XXXXXX")

start() {  # log, command…: in the background; ends with this script, even if that is killed
  local log=$1
  shift
  setpriv --pdeathsig TERM -- "$@" >"$log" 2>&1 </dev/null &
  children+=($!)
}

leave() {
  local status=$?
  set +e
  trap '' INT TERM HUP
  trap - EXIT
  children+=($nap)
  ((${#children[@]})) && kill -TERM "${children[@]}" 2>/dev/null
  for ((i = 0; i < 30; i++)); do
    ((${#children[@]})) && kill -0 "${children[@]}" 2>/dev/null || break
    sleep 0.1
  done
  ((${#children[@]})) && kill -KILL "${children[@]}" 2>/dev/null
  rm -rf "$scratch"
  exit "$status"
}
trap leave EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

pause() {  # seconds: unlike sleep alone, interrupted at once by a signal
  sleep "$1" &
  nap=$!
  wait "$nap" || true
  nap=
}

fail() {
  echo "demo: $*" >&2
  exit 1
}

# --- the service and its load ----------------------------------------------------------------------

! (: <"/dev/tcp/127.0.0.1/$port") 2>/dev/null ||
  fail "port $port is in use by another program; choose another one: ./run demo --port $((port + 1))"

rm -rf "$out"
mkdir -p "$out"
start "$out/shop.log" "$bin/asioscope-shop" --port "$port" --database "$scratch/shop.sqlite"
shop=$!
for ((i = 0; ; i++)); do
  curl -fs -o /dev/null "$service/" && break
  kill -0 "$shop" 2>/dev/null || { cat "$out/shop.log" >&2; fail "the service did not start"; }
  ((i < 100)) || fail "the service does not answer on $service; see $out/shop.log"
  pause 0.1
done
# As the session says it: "asioscope: metrics at URL, viewers at SOCKET".
said=$(grep -m 1 '^asioscope: metrics at ' "$out/shop.log") ||
  fail "the service did not say where it can be watched; see $out/shop.log"
metrics=${said#*metrics at }
metrics=${metrics%%,*}
socket=${said##*viewers at }

start "$out/load.log" "$bin/asioscope-load" --url "$service" --rate 200 --connections 8 --duration "${seconds:-86400}"

# --- Prometheus ------------------------------------------------------------------------------------

start_prometheus() {  # with our rules, scraping the service, on the next free port
  local port=9090
  while (: <"/dev/tcp/127.0.0.1/$port") 2>/dev/null; do
    port=$((port + 1))
    ((port < 9154)) || fail "Prometheus finds no free port from 9090 to 9153"
  done
  prometheus=http://127.0.0.1:$port
  cat >"$out/prometheus.yml" <<YML
global: {scrape_interval: 1s, scrape_timeout: 1s, evaluation_interval: 1s}
rule_files: ["$PWD/exporters/metrics/share/asioscope.rules.yml"]
scrape_configs:
  - job_name: shop
    static_configs: [{targets: ["$(sed 's|http://||; s|/metrics||' <<<"$metrics")"]}]
YML
  start "$out/prometheus.log" build/servers/usr/bin/prometheus --config.file="$out/prometheus.yml" \
    --web.listen-address="127.0.0.1:$port" --storage.tsdb.path="$out/prometheus" --enable-feature=exemplar-storage
  local server=$!
  for ((i = 0; ; i++)); do
    curl -fs -o /dev/null "$prometheus/-/ready" && return
    kill -0 "$server" 2>/dev/null && ((i < 100)) || { cat "$out/prometheus.log" >&2; fail "Prometheus did not start"; }
    pause 0.1
  done
}

readonly blocked='rate(asio_loop_stall_seconds_total[1m])'
readonly guilty='topk(3, rate(asio_slow_handler_seconds_total[1m]) > 0)'

ask() {  # query: its series, one a line
  build/servers/usr/bin/promtool query instant "$prometheus" "$1" |
    sed -E 's/^[^{]*/      /; s/,? ?(instance|job)="[^"]*",? ?//g; s/ @\[.*//'
}

[[ ! $prometheus ]] || start_prometheus

cat <<TXT

  The service answers on $service, under a load of 200 requests a second.
  Metrics, for Prometheus or a browser: $metrics
  What the service says, stall reports among it: $out/shop.log

${prometheus:+  Prometheus, with the alerts of docs/runbook.md: $prometheus/alerts
  Two queries for $prometheus/graph, once the loop has been blocked:
    which loop is blocked, and how much:  $blocked
    by which handler:                     $guilty

}  Three things to try in another terminal:
    curl '$service/sick/block?ms=300'     blocks the event loop: a stall, with the stack of the culprit
    curl '$service/sick/backlog?n=20000'  floods the queue: see its depth and the queue delay
    curl '$service/sick/leak'             a task that never ends: look in the panel Tasks
  What you see, and how to instrument a program of your own: README.md

TXT

# --- watching it -----------------------------------------------------------------------------------

look() {  # panel, seconds: starts a viewer that leaves with a picture
  DISPLAY=:$display LIBGL_ALWAYS_SOFTWARE=1 start "$out/viewer.log" "$bin/asioscope-viewer" \
    "$socket" --panel "$1" --size 1400x900 --screenshot "$out/$1.png" --after "$2"
  viewer=$!
}

looked() {  # panel
  wait "$viewer" && [[ -s $out/$1.png ]] ||
    { cat "$out/viewer.log" >&2; fail "no picture of the panel $1"; }
}

summary() {
  curl -fs "$metrics" >"$out/metrics.txt" || fail "the metrics do not answer on $metrics"
  awk -v seconds="$SECONDS" '
    function label(name) { return match($0, name "=\"[^\"]*\"") ? substr($0, RSTART + length(name) + 2, RLENGTH - length(name) - 3) : "" }
    /^asio_handlers_total[{]/ { handlers += $NF }
    /^asio_handler_busy_seconds_total[{]/ { busy += $NF }
    /^asio_slow_handlers_total[{]/ { slow += $NF }
    /^asio_tasks_finished_total[{]/ { tasks += $NF; name = label("task"); if ($NF > 0) of[name] += $NF }
    /^asio_tasks_failed_total[{]/ { failed += $NF }
    /^asio_loop_stalls_total[{]/ { stalls += $NF }
    /^asio_loop_stall_seconds_total[{]/ { stalled += $NF }
    END {
      printf "Recorded in %d s:\n", seconds
      printf "  handlers  %d run, busy %.2f s, %d slow\n", handlers, busy, slow
      printf "  tasks     %d finished, %d failed\n", tasks, failed
      sort = "sort -rn"
      for (name in of) printf "            %8d  %s\n", of[name], name | sort
      close(sort)
      printf "  stalls    %d, %.2f s in all\n", stalls, stalled
      exit handlers > 0 && tasks > 0 && stalls > 0 ? 0 : 1
    }' "$out/metrics.txt" || fail "that is not what should have been recorded; see $out/metrics.txt"
  [[ $prometheus ]] || return 0
  echo "  Prometheus says, in seconds a second"
  local loops handlers
  loops=$(ask "$blocked") && handlers=$(ask "$guilty") && [[ $loops && $handlers ]] ||
    fail "Prometheus does not know which handler blocked the loop; see $out/prometheus.log"
  printf '    %s\n%s\n' "blocked: $blocked" "$loops" "by: $guilty" "$handlers"
}

without_display() {
  local span=${seconds:-20} display
  echo "There is no display here: looking for $span s through a virtual one."
  # Xvfb chooses a free display number and writes it down once it listens.
  # The mouse rests in the middle of its screen, which is outside of the window: nothing is pointed at.
  start "$out/xvfb.log" Xvfb -displayfd 1 -screen 0 2810x1810x24 -nolisten tcp
  for ((i = 0; i < 100; i++)); do
    display=$(grep -m 1 -xE '[0-9]+' "$out/xvfb.log" 2>/dev/null) && break
    pause 0.1
  done
  [[ $display ]] || { cat "$out/xvfb.log" >&2; fail "Xvfb did not start"; }
  look overview $((span * 2 / 3))
  pause $((span / 3))
  curl -fs -o /dev/null "$service/sick/block?ms=300" || fail "$service/sick/block does not answer"
  looked overview
  look stalls $(((span + 3) / 4))
  looked stalls
  summary
  echo "Pictures: $out/overview.png, $out/stalls.png"
}

if [[ ! ${DISPLAY:-} ]]; then
  without_display
else
  start "$out/viewer.log" ${seconds:+timeout "$seconds"} "$bin/asioscope-viewer" "$socket"
  wait $! || [[ $? == 124 ]] || { cat "$out/viewer.log" >&2; without_display; }
fi
