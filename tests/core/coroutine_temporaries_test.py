# SPDX-License-Identifier: BSL-1.0
"""No lambda that owns something is written inside a co_await expression: g++ 12 destroys its captures twice.

usage: coroutine_temporaries_test.py SOURCE_FOLDER
"""
import pathlib
import re
import sys

# From co_await up to the captures of a lambda, without a block in between.
LAMBDA = re.compile(r"co_await[^;{}]*?\[([^\]\n]*)\]\s*(?:\([^)]*\))?\s*(?:mutable)?\s*(?:->[^{;]*)?\{")
HARMLESS = re.compile(r"\s*(?:&|this|&\w+)\s*")
# Plain numbers, by name.
NUMBERS = {"id", "i", "order", "number", "duration", "order = *wanted"}


def owning(text):
    """The line and the captures of each such lambda that captures more than references and known numbers."""
    for found in LAMBDA.finditer(text):
        captures = [each.strip() for each in found.group(1).split(",") if each.strip()]
        bad = [each for each in captures if not HARMLESS.fullmatch(each) and each not in NUMBERS]
        if bad:
            yield text[:found.start()].count("\n") + 1, ", ".join(bad)


def main():
    sick = "co_await run([shared](int) { return 1; });"
    healthy = "co_await run([&](int) { return 1; }); co_await run([id] { return id; }); const auto f = [shared] {};"
    if not list(owning(sick)) or list(owning(healthy)):
        print("this test does not find what it looks for")
        return 1
    root = pathlib.Path(sys.argv[1])
    bad = 0
    for folder in ("core", "examples", "instrumentation", "exporters"):
        for file in sorted(root.glob(f"{folder}/**/*.[ch]pp")):
            for line, captures in owning(file.read_text(encoding="utf-8")):
                print(f"{file.relative_to(root)}:{line}: [{captures}] inside a co_await expression: give the lambda a name")
                bad += 1
    return 1 if bad else 0


sys.exit(main())
