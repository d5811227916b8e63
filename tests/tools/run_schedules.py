#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""Runs the tests that are about order with many random schedules each, on all processors.

usage: run_schedules.py BIN N [PATTERN]

BIN: the folder of the programs core_*_test. Their tests *_in_any_order* are run, or those of them that match PATTERN
(as GoogleTest's filters do) as well. What fails says which schedule repeats it. The last line is the sum.
"""
import concurrent.futures
import fnmatch
import os
import pathlib
import subprocess
import sys
import time

ABOUT_ORDER = "*_in_any_order*"


def tests_of(program):
    """suite.test, as GoogleTest's filter wants it."""
    listed = subprocess.run([program, "--gtest_list_tests", f"--gtest_filter={ABOUT_ORDER}"], check=True,
                            stdout=subprocess.PIPE, text=True).stdout
    suite = None
    for line in listed.splitlines():
        name = line.split("#")[0].rstrip()
        if name.endswith(".") and not name.startswith(" "):
            suite = name
        elif suite and name.startswith("  "):
            yield suite + name.strip()


def ranges(count, parts):
    """1…count, in parts."""
    ends = [count * i // parts for i in range(parts + 1)]
    return [f"{begin + 1}-{end}" for begin, end in zip(ends, ends[1:]) if end > begin]


def run(program, test, those):
    begun = time.monotonic()
    done = subprocess.run([program, f"--gtest_filter={test}"], env={**os.environ, "ASIOSCOPE_SCHEDULES": those},
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace")
    # A filter that matches nothing passes, too.
    good = done.returncode == 0 and "[  PASSED  ] 1 test." in done.stdout
    return good, time.monotonic() - begun, done.stdout


def main(folder, count, pattern="*"):
    programs = sorted(pathlib.Path(folder).glob("core_*_test"))
    tests = [(program, test) for program in programs for test in tests_of(program) if fnmatch.fnmatchcase(test, pattern)]
    if not tests:
        sys.exit(f"no test in {folder} is about order")
    processors = len(os.sched_getaffinity(0))
    failed = 0
    with concurrent.futures.ThreadPoolExecutor(processors) as pool:
        running = [(test, [pool.submit(run, program, test, part) for part in ranges(count, processors)])
                   for program, test in tests]
        for test, parts in running:
            results = [each.result() for each in parts]
            good = all(ok for ok, _, _ in results)
            failed += not good
            print(f"{'ok' if good else 'FAILED':6} {count:9} schedules {sum(took for _, took, _ in results):7.0f} s  {test}", flush=True)
            for ok, _, output in results:
                if not ok:
                    print(output, flush=True)
    print(f"{len(tests) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    if len(sys.argv) not in (3, 4) or not sys.argv[2].isdigit() or int(sys.argv[2]) == 0:
        sys.exit(__doc__)
    sys.exit(main(sys.argv[1], int(sys.argv[2]), *sys.argv[3:]))
