#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""Builds what is not built of every configuration, runs every scenario in it and prints the table; the last line is the sum.

usage: table.py BUILD-FOLDER [CONFIGURATION…]

A row says what the scenario knows (how many handlers it created) and what the recorder says of them. A
configuration that cannot be built or run is a failed row with the reason.
"""
import os
import pathlib
import subprocess
import sys

# Without hooks: what they do is what the same programs must do with them.
PLAIN = "plain"
HOOKED = ("header_only_O0", "header_only_O2", "header_only_O2-globals", "lto", "clang_O0", "io_uring",
          "shared_library", "dlopen", "separate_compilation", "mixed_hooked_first", "mixed_hooked_first_asan",
          "beast_and_ssl")
# The hooks are linked and not in effect, of which the program is told once.
INEFFECTIVE = ("separate_compilation_without_hooks", "beside_a_compiled_library", "mixed_plain_first",
               "mixed_plain_first_asan")
CHECK = "start_up_check"  # starts a session
WARNING = "asioscope: the hooks are not in effect"
BOOST_174_EXECUTOR, BOOST_174_HOOKS = "boost_1.74_executor", "boost_1.74_hooks"
BOOST_174_WARNING = "the hooks are tested with Boost 1.81 only and are off"


class Table:
    def __init__(self):
        self.passed = self.failed = 0
        self.print("configuration", "scenario", ("created", "run", "dropped", "pending"), "")

    @staticmethod
    def print(configuration, scenario, numbers, verdict):
        print(f"{configuration:<35} {scenario:<37}", *(f"{n:>7}" for n in numbers), verdict, flush=True)

    def row(self, configuration, scenario, numbers, wrong):
        self.passed, self.failed = self.passed + (not wrong), self.failed + bool(wrong)
        self.print(configuration, scenario, numbers, f" FAILED: {wrong}" if wrong else " ok")


def execute(*command, seconds=60, **options):
    """(exit status, stdout, stderr); what does not end is ended."""
    try:
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, errors="replace",
                              timeout=seconds, **options)
        return done.returncode, done.stdout, done.stderr
    except subprocess.TimeoutExpired:
        return -1, "", f"not done after {seconds} s"


def build(folder, target, seconds=1200):
    """What the build said; why it failed, or nothing."""
    status, out, err = execute("ninja", "-C", folder, target, seconds=seconds)
    if status == 0:
        return out, ""
    lines = [line.strip() for line in (out + err).splitlines() if line.strip()]
    errors = [line for line in lines if any(sign in line for sign in ("error", "cannot find", "undefined", "after"))]
    return out, "not built: " + (errors or lines or ["no reason given"])[0]


def environment():
    return {key: value for key, value in os.environ.items() if not key.startswith("ASIOSCOPE")}


def run(program, scenario):
    """What the scenario did (created, run, dropped), the four numbers of its row, what is wrong."""
    status, out, err = execute(str(program), scenario, env=environment())
    mark = f"row {scenario} "
    rows = [line.removeprefix(mark) for line in out.splitlines() if line.startswith(mark)]
    if len(rows) != 1:
        return None, (), f"status {status}, {(err or out).strip()[-300:] or 'not a word'}"
    done, recorded = rows[0].split(" | ")
    *numbers, verdict = recorded.split(" ", 4)
    done, numbers = tuple(map(int, done.split())), tuple(map(int, numbers))
    if verdict != "ok":
        return done, numbers, verdict
    if status != 0:
        return done, numbers, f"status {status}, {err.strip()[-300:]}"
    said = sum(WARNING in line for line in err.splitlines())
    if program.name in HOOKED and said or program.name in INEFFECTIVE and scenario == CHECK and said != 1:
        return done, numbers, f"says {said} times that the hooks are not in effect"
    return done, numbers, ""


def add_rows(table, programs, configuration, plain):
    """All scenarios of one configuration. `plain`: what they do without hooks, by name."""
    program = programs / configuration
    status, out, err = execute(str(program), "--list", env=environment())
    if status != 0 or not out:
        return table.row(configuration, "", ("",) * 4, f"not run: status {status}, {err.strip()[-300:]}")
    for scenario in reversed(out.split()):
        done, numbers, wrong = run(program, scenario)
        if configuration == PLAIN:
            plain[scenario] = done
            if done:  # nobody else counts
                numbers = (*done, done[0] - done[1] - done[2])
        elif not wrong and scenario != CHECK and done != plain.get(scenario, done):
            wrong = f"without hooks it creates, runs and drops {plain[scenario]}, with them {done}"
        table.row(configuration, scenario, numbers or ("",) * 4, wrong)


def add_boost_174(table, folder, programs):
    name, source = BOOST_174_EXECUTOR, "executor_only"
    _, wrong = build(folder, f"configurations-{name}")
    if not wrong:
        status, out, err = execute(str(programs / name), env=environment())
        wrong = "" if status == 0 else f"status {status}, {(out + err).strip()[-300:]}"
    table.row(name, source, ("",) * 4, wrong)

    name, source = BOOST_174_HOOKS, "ordinary"
    for stale in folder.glob(f"tests/configurations/CMakeFiles/configurations-{name}.dir/**/*.o"):
        stale.unlink()  # its warnings are wanted
    said, wrong = build(folder, f"configurations-{name}")
    warnings = sum(BOOST_174_WARNING in line and "#warning" in line and "warning:" in line for line in said.splitlines())
    if not wrong and warnings != 1:
        wrong = f"{warnings} warnings that the hooks are off"
    if not wrong:
        status, out, err = execute(str(programs / name), env=environment())
        wrong = "" if status == 0 and out.endswith("done\n") and not err else f"status {status}, {(out + err)[-300:]}"
    table.row(name, source, ("",) * 4, wrong)


def main():
    folder = pathlib.Path(sys.argv[1])
    programs = folder / "bin" / "configurations"
    wanted = sys.argv[2:] or [PLAIN, *HOOKED, *INEFFECTIVE]
    table, plain = Table(), {}
    for configuration in wanted:
        _, wrong = build(folder, f"configurations-{configuration}")
        if wrong:
            table.row(configuration, "", ("",) * 4, wrong)
        else:
            add_rows(table, programs, configuration, plain)
    if not sys.argv[2:]:
        add_boost_174(table, folder, programs)
    print(f"{table.passed} passed, {table.failed} failed")
    return 0 if table.passed and not table.failed else 1


sys.exit(main())
