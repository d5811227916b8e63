#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""Which rule and case is tested for which primitive: cases.txt against the tests and what became of them.

usage: cases.py RESULTS              (RESULTS/PROGRAM.xml by GoogleTest; prints the table)
       cases.py --stale BIN RESULTS  (prints the programs BIN/core_*_test that have no result since they were built)

A case is proved by tests that name it in a comment, exist in a program and have passed. One that no test names, or
whose tests failed or did not run, is red; then this fails.
"""
import dataclasses
import os
import pathlib
import re
import sys
import xml.etree.ElementTree as xml

FOLDER = pathlib.Path(__file__).resolve().parent

TEST = re.compile(r"^(?:ASYNC_)?TEST(?:_F|_P)?\(\s*(\w+),\s*(\w+)\s*\)", re.MULTILINE)
LABEL = re.compile(r"\b(R\d+|X\d+|case \d+|fact [a-j]\d+)\b(?! *=)")


@dataclasses.dataclass
class Table:
    short: dict  # of each primitive: the head of its column
    primitive_of: dict  # of each suite
    cases: dict  # of each id: (text, primitives)


def read_table(text):
    table, part = Table({}, {}, {}), None
    for line in text.splitlines():
        line = line.split("#")[0].strip()
        if line.startswith("["):
            part = line.strip("[]")
        elif line and part == "primitives":
            name, short, *suites = line.split()
            table.short[name] = short
            table.primitive_of.update(dict.fromkeys(suites, name))
        elif line:
            case, what, primitives = (each.strip() for each in line.split("|"))
            if case in table.cases:
                raise ValueError(f"{case} is there twice")
            unknown = set(primitives.split()) - set(table.short)
            if unknown:
                raise ValueError(f"{case}: no such primitive: {', '.join(sorted(unknown))}")
            table.cases[case] = what, primitives.split()
    return table


def labels_of(source):
    """(suite, test) → the cases that it names, above its head or up to its end."""
    result = {}
    for head in TEST.finditer(source):
        above = []
        for line in reversed(source[:head.start()].splitlines()):
            if not line.startswith("//"):
                break
            above.append(line)
        rest = source[head.start():]
        end = re.match(r".*\}( *//.*)?$", rest, re.MULTILINE) or re.search(r"^}", rest, re.MULTILINE)
        comments = above + re.findall(r"//.*", rest[:end.end()])
        result[head[1], head[2]] = set(LABEL.findall("\n".join(comments)))
    return result


def results_of(report):
    """Each test of a program, as (instantiation or "", suite, test), and whether it passed."""
    for each in xml.parse(report).getroot().iter("testcase"):
        instantiation, _, suite = each.get("classname").rpartition("/")
        passed = each.get("result") == "completed" and each.find("failure") is None and each.find("error") is None
        yield (instantiation, suite, each.get("name").split("/")[0]), passed


@dataclasses.dataclass
class Cell:
    passed: int = 0
    wrong: list = dataclasses.field(default_factory=list)


def judge(table, labels, results):
    """(case, primitive) → Cell, and what is wrong with the tests' comments."""
    cells, complaints = {}, []
    ran = {}
    for (instantiation, suite, test), passed in results:
        ran.setdefault((suite, test), []).append((instantiation, passed))
    for (suite, test), cases in sorted(labels.items()):
        for case in sorted(cases - set(table.cases)):
            complaints.append(f"{suite}.{test} names {case}, which is not in cases.txt")
        cases &= set(table.cases)
        if not cases:
            continue
        outcomes = ran.get((suite, test))
        if outcomes is None:
            complaints.append(f"{suite}.{test} was not run")
            continue
        for instantiation, passed in outcomes:
            primitive = table.primitive_of.get(suite, instantiation)
            if primitive not in table.short:
                complaints.append(f"{suite} belongs to no primitive of cases.txt")
                break
            for case in cases:
                cell = cells.setdefault((case, primitive), Cell())
                if passed:
                    cell.passed += 1
                else:
                    cell.wrong.append(f"{suite}.{test}")
    return cells, sorted(set(complaints))


def render(table, cells, complaints, colour):
    """The lines of the table, and whether all is well."""
    def red(text):
        return f"\033[1;31m{text}\033[0m" if colour else text

    width = max(len(what) for what, _ in table.cases.values())
    yield " " * (width + 10) + " ".join(f"{short:>5}" for short in table.short.values())
    wanted = good = 0
    wrong = list(complaints)
    for case, (what, primitives) in table.cases.items():
        row = []
        for primitive in table.short:
            cell = cells.get((case, primitive))
            if cell is not None and cell.wrong:
                row.append(red(f"{'FAIL':>5}"))
                wrong += [f"{case}, {primitive}: {test} failed" for test in cell.wrong]
            elif cell is not None and cell.passed:
                row.append(f"{cell.passed:5}")
                good += primitive in primitives
            elif primitive in primitives:
                row.append(red(f"{'NONE':>5}"))
                wrong.append(f"{case}, {primitive}: no test: {what}")
            else:
                row.append(f"{'·':>5}")
            wanted += primitive in primitives
        yield f"{case:8}  {what:{width}}{' '.join(row)}"
    yield ""
    yield from (red(each) for each in wrong)
    yield f"{good} of {wanted} cases are tested" + (f"; {len(wrong)} complaints" if wrong else "")


def stale(programs, results):
    for program in sorted(programs.glob("core_*_test")):
        report = results / f"{program.name}.xml"
        if not report.exists() or report.stat().st_mtime < program.stat().st_mtime:
            yield program.name


def main(arguments):
    if arguments[:1] == ["--stale"]:
        for program in stale(pathlib.Path(arguments[1]), pathlib.Path(arguments[2])):
            print(program)
        return 0
    labels, results = {}, []
    for source in sorted(FOLDER.rglob("*_test.cpp")):
        labels.update(labels_of(source.read_text()))
    for report in sorted(pathlib.Path(arguments[0]).glob("core_*.xml")):
        results += results_of(report)
    table = read_table((FOLDER / "cases.txt").read_text())
    cells, complaints = judge(table, labels, results)
    colour = sys.stdout.isatty() or "FORCE_COLOR" in os.environ
    lines = list(render(table, cells, complaints, colour))
    print("\n".join(lines))
    return 1 if "complaints" in lines[-1] else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
