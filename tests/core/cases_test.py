# SPDX-License-Identifier: BSL-1.0
"""The table of cases finds what is missing, what failed and what was not run."""
import pathlib
import tempfile
import unittest

import cases

TABLE = """
[primitives]
door dr  door door_with_lock
gate gt  gate

[cases]
R1      | first come, first served  | door gate   # a comment
case 14 | a hinge                   | door
X5      | torn down                 | door
"""

SOURCE = """
// R1
TEST(door, opens) {  // case 14, and not R4J
  if (true) {
  }
  // X5
}

int helper() {  // R1
  return 4;
}

ASYNC_TEST_F(door_with_lock,
             closes) {  // X5
}
TEST_P(any, waits) { check(); }  // R1
TEST(gate, has_no_label) {}
"""

REPORT = """<testsuites>
<testsuite name="door"><testcase name="opens" status="run" result="completed" classname="door">{}</testcase></testsuite>
<testcase name="closes" status="run" result="completed" classname="door_with_lock"/>
<testcase name="waits/0" status="run" result="completed" classname="gate/any"/>
<testcase name="has_no_label" status="run" result="completed" classname="gate"/>
</testsuites>"""


def judged(table=TABLE, source=SOURCE, failure=""):
    with tempfile.TemporaryDirectory() as folder:
        report = pathlib.Path(folder) / "core_x.xml"
        report.write_text(REPORT.format(failure))
        results = list(cases.results_of(report))
    table = cases.read_table(table)
    lines = list(cases.render(table, *cases.judge(table, cases.labels_of(source), results), False))
    return lines


class Cases(unittest.TestCase):
    def test_labels_are_those_of_a_tests_own_comments(self):
        labels = cases.labels_of(SOURCE)
        self.assertEqual(labels["door", "opens"], {"R1", "case 14", "X5"})
        self.assertEqual(labels["door_with_lock", "closes"], {"X5"})
        self.assertEqual(labels["any", "waits"], {"R1"})
        self.assertEqual(labels["gate", "has_no_label"], set())

    def test_what_is_tested_is_counted(self):
        lines = judged()
        self.assertEqual(lines[-1], "4 of 4 cases are tested")
        self.assertEqual(lines[3].split()[-2:], ["2", "·"])

    def test_a_missing_case_is_found(self):
        lines = judged(source=SOURCE.replace("case 14", "case"))
        self.assertIn("NONE", lines[2])
        self.assertIn("case 14, door: no test: a hinge", lines)
        self.assertEqual(lines[-1], "3 of 4 cases are tested; 1 complaints")

    def test_a_failed_test_proves_nothing(self):
        lines = judged(failure="<failure/>")
        self.assertIn("FAIL", lines[1])
        self.assertIn("R1, door: door.opens failed", lines)
        self.assertIn("complaints", lines[-1])

    def test_a_test_that_did_not_run_proves_nothing(self):
        lines = judged(source=SOURCE.replace("TEST(door, opens)", "TEST(door, renamed)"))
        self.assertIn("door.renamed was not run", lines)
        self.assertIn("complaints", lines[-1])

    def test_what_is_not_in_the_table_is_a_complaint(self):
        lines = judged(source=SOURCE.replace("case 14", "case 15"))
        self.assertIn("door.opens names case 15, which is not in cases.txt", lines)

    def test_a_suite_of_no_primitive_is_a_complaint(self):
        lines = judged(table=TABLE.replace("gt  gate", "gt").replace("gate   #", "#").replace("gate gt", "fence gt"))
        self.assertIn("any belongs to no primitive of cases.txt", lines)

    def test_the_table_itself_is_sound(self):
        with self.assertRaises(ValueError):
            cases.read_table(TABLE + "X5 | again | door")
        with self.assertRaises(ValueError):
            cases.read_table(TABLE + "X6 | window | window")
        cases.read_table((cases.FOLDER / "cases.txt").read_text())


if __name__ == "__main__":
    unittest.main()
