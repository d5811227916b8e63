#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""The page on the viewer says of each finding when it is said, and of nothing else."""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]


def main():
    sources = [each.read_text() for each in (ROOT / "viewer/model/src").glob("*findings.cpp")]
    known = {found for text in sources for found in re.findall(r'(?:\.id = |note\()"([a-z-]+)"', text)}
    page = (ROOT / "docs/viewer.md").read_text()
    table = page[page.index("## Findings"):page.index("## Recordings")]
    told = {word for row in re.findall(r"^\| (`.*?) \|", table, re.M) for word in re.findall(r"`([a-z-]+)`", row)}
    for each in sorted(known - told):
        print(f"docs/viewer.md does not say when {each} is found")
    for each in sorted(told - known):
        print(f"docs/viewer.md tells of {each}, which nothing finds")
    return 1 if known != told or len(known) < 10 else 0


sys.exit(main())
