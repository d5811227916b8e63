#!/usr/bin/env bash
# SPDX-License-Identifier: BSL-1.0
# Runs the tests of a build folder and counts them; the last line is the sum.
#
# usage: run_tests.sh FOLDER [ctest's arguments…]      results and what was printed: FOLDER/results
#
# Many a test is about time, and a machine may keep the processor from it for a moment: what failed is asked once more,
# when nothing else runs. What is broken fails again. What a sanitizer has found is not asked again.
set -uo pipefail

readonly tools=$(dirname "${BASH_SOURCE[0]}")
readonly folder=$(realpath "$1")
readonly results=$folder/results failed=$folder/Testing/Temporary/LastTestsFailed.log
shift
rm -rf "$results" "$failed"
mkdir -p "$results"

run() {  # report, arguments…: GoogleTest's own reports tell the rest
  GTEST_OUTPUT=xml:$results/ \
    ctest --test-dir "$folder" --output-on-failure --output-junit "$results/$1" "${@:2}"
}

run ctest.xml "$@" | tee "$results/log"
if [[ -s $failed ]] && ! grep -qE 'ERROR: [A-Za-z]+Sanitizer|WARNING: ThreadSanitizer|runtime error: ' "$results/log"; then
  while IFS=: read -r _ name; do rm -f "$results/$name.xml"; done <"$failed"
  printf 'once more what failed:\n'
  run ctest-again.xml --rerun-failed
fi
exec "$tools/count_results.py" "$results"
