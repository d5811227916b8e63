#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""Counts what CTest and the GoogleTest programs wrote into a folder; the last line is the sum.

usage: count_results.py FOLDER      (FOLDER/ctest.xml by ctest --output-junit, FOLDER/PROGRAM.xml by GoogleTest)

Of a program that was run again (FOLDER/ctest-again.xml) the second run counts, and is said. A program counts with each
of its cases. One that ends badly without a failed case (a crash, a time-out, a
leak found at exit) counts as one more failure. Nothing run is a failure.
"""
import pathlib
import sys
import xml.etree.ElementTree as xml


def cases_of(report):
    """(passed, failed, skipped) of a GoogleTest program."""
    root = xml.parse(report).getroot()
    total, failed, skipped, disabled = (
        int(root.get(key, 0)) for key in ("tests", "failures", "skipped", "disabled"))
    failed += int(root.get("errors", 0))
    skipped += disabled + sum(int(suite.get("skipped", 0)) for suite in root if root.get("skipped") is None)
    return total - failed - skipped, failed, skipped


def outcomes(report):
    """Of each program whether it ended well."""
    if not report.exists():
        return {}
    return {test.get("name"): test.get("status") == "run" for test in xml.parse(report).getroot().iter("testcase")}


def main():
    folder = pathlib.Path(sys.argv[1])
    passed = failed = skipped = 0
    again = outcomes(folder / "ctest-again.xml")
    for name, good in (outcomes(folder / "ctest.xml") | again).items():
        report = folder / f"{name}.xml"
        case_passed, case_failed, case_skipped = int(good), 0, 0
        if report.exists():
            case_passed, case_failed, case_skipped = cases_of(report)
        if not good and not case_failed:
            case_failed = 1
        if case_failed:
            print(f"FAILED {name}")
        elif name in again:
            print(f"passed only when run once more: {name}")
        passed, failed, skipped = passed + case_passed, failed + case_failed, skipped + case_skipped
    if skipped:
        print(f"{skipped} skipped")
    if not passed and not failed:
        print("nothing was run")
    print(f"{passed} passed, {failed} failed")
    return 0 if passed and not failed else 1


sys.exit(main())
