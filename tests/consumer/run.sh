#!/usr/bin/env bash
# SPDX-License-Identifier: BSL-1.0
# Builds and runs separate projects that use the installed package, one line each.
# usage: run.sh PREFIX… (each an installation; add_subdirectory uses the source tree and is done once)
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.." || exit 1

passed=0
failed=0

build_of() {  # project, prefix
  echo "build/consumer/${2##*/}/$1"
}

build() {  # project, prefix: what it says goes to a file
  local build
  build=$(build_of "$@")
  mkdir -p "$build"
  cmake -S "tests/consumer/$1" -B "$build" -G Ninja -DCMAKE_BUILD_TYPE=Release -DCMAKE_PREFIX_PATH="$PWD/$2" \
    ${CCACHE:+-DCMAKE_CXX_COMPILER_LAUNCHER="$CCACHE"} >"$build.log" 2>&1 </dev/null &&
    ninja -C "$build" --quiet consumer >>"$build.log" 2>&1 </dev/null
}

run() {  # project, prefix
  local source=tests/consumer/$1 build
  build=$(build_of "$@")
  if [[ -x $source/check.sh ]]; then
    timeout 120 "$source/check.sh" "$build/consumer"
  else
    timeout 120 "$build/consumer"
  fi >>"$build.log" 2>&1 </dev/null
}

check() {  # project, prefix, build's status
  if (($3 == 0)) && run "$1" "$2"; then
    printf 'ok     %s (%s)\n' "$1" "${2##*/}"
    passed=$((passed + 1))
  else
    printf 'FAILED %s (%s)\n' "$1" "${2##*/}"
    failed=$((failed + 1))
    cat "$(build_of "$1" "$2").log"
  fi
}

(($#)) || { echo "usage: run.sh PREFIX…" >&2; exit 1; }
CCACHE=$(command -v ccache || true)
consumers=()
for prefix; do
  [[ $prefix != /* ]] || prefix=$(realpath --relative-to=. "$prefix")
  for project in executor_only hooks autostart metrics_only core; do consumers+=("$project $prefix"); done
done
consumers+=("add_subdirectory none")
# Each has a file or two to compile: built at the same time, run one after the other.
export -f build build_of
export CCACHE
built=$(printf '%s\n' "${consumers[@]}" |
  xargs -P "$(nproc)" -L 1 bash -c 'build "$1" "$2"; echo "$1 $2 $?"' _)
while read -r project prefix status; do check "$project" "$prefix" "$status"; done <<<"$built"
printf '%d passed, %d failed\n' "$passed" "$failed"
((failed == 0 && passed > 0))
