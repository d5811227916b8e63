#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""The page on the viewer says of each finding, and of each warning about a task, when it is said, and of nothing else."""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]


def compare(known, told, what):
    for each in sorted(known - told):
        print(f"docs/viewer.md does not say when {each} is {what}")
    for each in sorted(told - known):
        print(f"docs/viewer.md tells of {each}, which is never {what}")
    return known == told


def first_cells(table):
    return {word for row in re.findall(r"^\| (`.*?) \|", table, re.M) for word in re.findall(r"`([a-z-]+)`", row)}


def main():
    sources = [each.read_text() for each in (ROOT / "viewer/model/src").glob("*findings.cpp")]
    known = {found for text in sources for found in re.findall(r'(?:\.id = |note\()"([a-z-]+)"', text)}
    page = (ROOT / "docs/viewer.md").read_text()
    table = page[page.index("## Findings"):page.index("## Recordings")]
    judge = (ROOT / "viewer/model/src/task_warnings.cpp").read_text()
    warnings = set(re.findall(r'"(task-[a-z-]+)"', judge))
    listed = page[page.index("| warning |"):page.index("**Stalls**")]
    findings_agree = compare(known, first_cells(table), "found")
    warnings_agree = compare(warnings, first_cells(listed), "said")
    return 0 if findings_agree and warnings_agree and len(known) >= 10 and len(warnings) >= 7 else 1


sys.exit(main())
