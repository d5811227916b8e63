#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""Lets the compiler read what a build folder has not compiled: all its warnings and errors, without the code, in a third
of the time. What it says goes to standard error.

usage: front_end.py FOLDER TARGET…

FOLDER: configured for Ninja and clang. TARGET: one of Ninja's.
"""
import concurrent.futures
import os
import pathlib
import re
import subprocess
import sys

PRECOMPILED = re.compile(r"-include-pch -Xclang (\S+)")
OUTPUT = re.compile(r" -o (\S+)")


def unread(folder, targets):
    """The commands of the objects that are not there."""
    commands = subprocess.run(["ninja", "-C", folder, "-t", "commands", *targets], check=True, stdout=subprocess.PIPE, text=True)
    compilations = [each for each in commands.stdout.splitlines() if " -c " in each and OUTPUT.search(each)]
    return [each for each in compilations if OUTPUT.search(each)[1].endswith(".o") and not (folder / OUTPUT.search(each)[1]).exists()]


def build_precompiled(folder, commands):
    """The headers that the commands have in common."""
    headers = {os.path.relpath(found[1], folder) for found in map(PRECOMPILED.search, commands) if found}
    if headers:
        subprocess.run(["ninja", "-C", folder, "--quiet", *sorted(headers)], check=True, stdout=sys.stderr)


def read(folder, command):
    source = command.rsplit(maxsplit=1)[-1]
    done = subprocess.run(OUTPUT.sub(" -fsyntax-only", command), shell=True, cwd=folder, capture_output=True, text=True)
    if done.returncode != 0 or done.stderr:
        print(f"{source}\n{done.stderr}", file=sys.stderr)
    return done.returncode == 0


def main():
    if len(sys.argv) < 3 or not (folder := pathlib.Path(sys.argv[1]).resolve()).is_dir():
        sys.exit(__doc__)
    commands = unread(folder, sys.argv[2:])
    build_precompiled(folder, commands)
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as workers:
        results = list(workers.map(lambda each: read(folder, each), commands))
    print(f"{len(results)} sources read, {results.count(False)} with errors")
    return 0 if results and all(results) else 1


sys.exit(main())
