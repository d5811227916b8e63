# SPDX-License-Identifier: BSL-1.0
"""The rules fire when they should and only then; the dashboard is one for Grafana; both and the runbook fit together,
and speak of metrics that there are: those of docs/metrics.md, which another test compares with the code."""
import importlib.util
import json
import math
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parents[2] / "tools")]
import grafana
from monitoring import DASHBOARD, ROOT, RULES, SHARE, filled, panels, rules

PROMTOOL = os.environ.get("ASIOSCOPE_PROMTOOL", ROOT / "build/servers/usr/bin/promtool")
RUNBOOK = ROOT / "docs/runbook.md"
ALERTS = [rule for rule in rules() if "alert" in rule]
RECORDS = [rule for rule in rules() if "record" in rule]
BY_PROMETHEUS = {"up": set(), "ALERTS": {"alertname", "alertstate", "loop"}, "scrape_duration_seconds": set(),
                 "scrape_samples_scraped": set()}


def promtool(*words, cwd=None):
    told = subprocess.run([PROMTOOL, *map(str, words)], capture_output=True, text=True, cwd=cwd, timeout=120)
    return told.returncode, told.stdout + told.stderr


def runbook_queries():
    for block in re.findall(r"```promql\n(.*?)```", RUNBOOK.read_text(), re.DOTALL):
        yield from block.strip().split("\n\n")


def dashboard_queries():
    """(where, query, legend), of panels, annotations and variables."""
    board = json.loads(DASHBOARD.read_text())
    for panel in panels():
        for target in panel["targets"]:
            yield panel["title"], target["expr"], target["legendFormat"]
    for each in board["annotations"]["list"]:
        yield each["name"], each["expr"], each["titleFormat"] + each["textFormat"]


class Rules(unittest.TestCase):
    def test_promtool_finds_nothing(self):
        self.assertEqual(promtool("check", "rules", "--lint=all", "--lint-fatal", RULES)[0], 0)

    def unit_tests(self, change=lambda rules: rules):
        """What promtool says of the unit tests with the rules changed so."""
        said = ""
        with tempfile.TemporaryDirectory() as folder:
            pathlib.Path(folder, RULES.name).write_text(change(RULES.read_text()))
            for source in sorted(HERE.glob("*.test.yml")):
                copy = pathlib.Path(folder, source.name)
                copy.write_text(re.sub(r"rule_files: .*", f"rule_files: [{RULES.name}]", source.read_text()))
                status, told = promtool("test", "rules", source.name, cwd=folder)
                said += told if status else ""
        return said

    def test_each_alert_fires_for_what_is_sick_and_not_for_what_is_healthy(self):
        self.assertEqual(self.unit_tests(), "")

    def assert_all_seen(self, said, expectation):
        """Each alert fails a test in which that was expected of it."""
        seen = set(re.findall(rf"alertname: (\w+), time: \S+,\s+exp:\[{expectation}", said))
        self.assertEqual(seen, {rule["alert"] for rule in ALERTS})

    def test_an_alert_that_never_fired_would_be_seen(self):
        self.assert_all_seen(self.unit_tests(lambda text: re.sub(
            r"(- alert: .*\n        expr:)(?: .*)(?:\n {10}.*)*", r"\1 vector(0) > 1", text)), r"\n")

    def test_an_alert_that_always_fired_would_be_seen(self):
        self.assert_all_seen(self.unit_tests(lambda text: re.sub(
            r"(- alert: .*\n        expr:)(?: .*)(?:\n {10}.*)*(?:\n        for: .*)?", r"\1 vector(1)", text)), r"\]")

    def test_each_says_how_bad_it_is_and_what_it_is_about(self):
        for rule in ALERTS:
            with self.subTest(rule["alert"]):
                self.assertRegex(rule["labels"], r"^\{severity: (page|warning|info)[,}]")
                for part in ("summary: ", "description: "):
                    self.assertIn(part, rule["annotations"])
                if "asio_loop_" in rule["expr"] or "asio_handler" in rule["expr"] or "asio_task" in rule["expr"]:
                    self.assertRegex(rule["annotations"], r"\$labels\.(loop|site|task|label)\b")

    def test_each_has_its_paragraph_in_the_runbook_and_the_other_way_round(self):
        paragraphs = re.split(r"^### ", RUNBOOK.read_text(), flags=re.MULTILINE)[1:]
        names = [paragraph.split("\n")[0] for paragraph in paragraphs]
        self.assertEqual(sorted(names), sorted({rule["alert"] for rule in ALERTS}))
        for paragraph in paragraphs:
            with self.subTest(paragraph.split("\n")[0]):
                self.assertRegex(paragraph, r"```promql\n", "how to confirm it")
                self.assertIn("\nWhat to do: ", paragraph)
        for rule in ALERTS:
            self.assertIn(f"runbook: docs/runbook.md#{rule['alert'].lower()}", rule["annotations"] + " ")

    def test_what_is_recorded_is_used(self):
        used = " ".join(rule["expr"] + rule["annotations"] for rule in ALERTS)
        for rule in RECORDS:
            self.assertIn(rule["record"], used)


class Names(unittest.TestCase):
    def setUp(self):
        page = (ROOT / "docs/metrics.md").read_text()
        self.types, self.labels = {}, dict(BY_PROMETHEUS)
        for name, kind, labels in re.findall(r"^\| `(\w+)` \| (\w+) \| \w* \| (.*?) \|", page, re.MULTILINE):
            own = set(re.findall(r"`(\w+)`", labels))
            for series in ([name + "_bucket", name + "_sum", name + "_count"] if kind == "histogram" else [name]):
                self.types[series] = "counter" if kind == "histogram" else kind
                self.labels[series] = own | ({"le"} if series.endswith("_bucket") else set())
        self.assertGreater(len(self.labels), 100)
        for rule in RECORDS:
            self.labels[rule["record"]] = self.labels_in(rule["expr"], rule["record"])

    def names_in(self, query):
        """The metrics of a query. An alternation over names stands for each of them."""
        for start, names, end in re.findall(r'__name__=~"(\w*)\((.*?)\)(\w*)"', query):
            yield from (start + name + end for name in names.split("|"))
        query = re.sub(r'=~?"[^"]*"', "", query)
        yield from re.findall(r"\b(?:\w+:)?(?:asio|asioscope|process|scrape)_[\w:]+", query)
        yield from re.findall(r"\b(?:up|ALERTS)\b", query)

    def labels_in(self, query, where):
        """The labels that its series may have; complains of names that nobody exports."""
        found = set()
        for name in self.names_in(query):
            with self.subTest(where=where, metric=name):
                self.assertIn(name, self.labels)
            found |= self.labels.get(name, set())
        return found

    def check(self, where, query, text=""):
        known = self.labels_in(query, where) | {"job", "instance"}
        for name, matchers in re.findall(r"([\w:]*)\{([^{}]*)\}", query):
            of_name = self.labels.get(name, known) | {"job", "instance", "__name__"}
            for label in re.findall(r'(\w+)\s*(?:=~|!=|!~|=)', matchers):
                with self.subTest(where=where, metric=name, label=label):
                    self.assertIn(label, of_name)
        lists = re.findall(r"\b(?:by|without|on|ignoring|group_left)\s*\(([\w\s,]*)\)", query)
        shown = re.findall(r"\$labels\.(\w+)", text) + re.findall(r"\{\{(\w+)\}\}", text)
        for label in [name for each in lists for name in re.findall(r"\w+", each)] + shown:
            with self.subTest(where=where, label=label):
                self.assertIn(label, known | {"__name__", "le"})
        for bound in re.findall(r'\ble="([^"]*)"', query):
            exponent = math.log2(float(bound))
            self.assertTrue(exponent == int(exponent) and -17 <= exponent <= 3, f"{where}: no bound is {bound}")
            self.assertIn(".", bound, f"{where}: le=1 is not what Prometheus 3 keeps, le=1.0 is")

    def test_the_rules_speak_of_what_there_is(self):
        for rule in RECORDS:
            self.check(rule["record"], rule["expr"])
        for rule in ALERTS:
            self.check(rule["alert"], rule["expr"], rule["annotations"])
            for query in re.findall(r'printf "(.*?)" \$', rule["annotations"]):
                self.check(rule["alert"], query.replace("%q", '"x"'))

    def test_the_dashboard_does(self):
        for where, query, legend in dashboard_queries():
            self.check(where, query, legend)

    def test_the_runbook_does(self):
        for query in runbook_queries():
            self.check("docs/runbook.md", query)
        for name in re.findall(r"`((?:asio|asioscope|process)_\w+)`", RUNBOOK.read_text()):
            self.assertIn(name, self.labels)

    def test_counters_are_only_looked_at_as_rates(self):
        for where, query, _ in dashboard_queries():
            for name in self.names_in(query):
                with self.subTest(where=where, metric=name):
                    for before in re.findall(rf"(\w+)\({name}\{{", query) if self.types.get(name) == "counter" else ():
                        self.assertIn(before, ("rate", "increase"))
                    if self.types.get(name) == "gauge":
                        self.assertNotRegex(query, rf"(rate|increase)\({name}\b")


class Dashboard(unittest.TestCase):
    def setUp(self):
        self.board = json.loads(DASHBOARD.read_text())

    def test_it_is_what_its_source_writes(self):
        spec = importlib.util.spec_from_file_location("dashboard", SHARE / "dashboard.py")
        source = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(source)
        self.assertEqual(DASHBOARD.read_text(), source.text(), "run exporters/metrics/share/dashboard.py")

    def test_it_is_as_grafana_wants_it(self):
        self.assertEqual(grafana.faults(self.board), [])

    def test_what_grafana_would_not_want_is_found(self):
        def panel(at, **changes):
            return {**self.board, "panels": [
                {**each, **(changes if number == at else {})} for number, each in enumerate(self.board["panels"])]}
        first = self.board["panels"][0]
        for faulty in ({**self.board, "uid": ""}, {**self.board, "rows": []},
                       panel(0, type="singlestat"), panel(0, description=""), panel(0, id=2), panel(0, targets=[]),
                       panel(0, gridPos={"x": 23, "y": 0, "w": 4, "h": 4}), panel(1, gridPos=first["gridPos"]),
                       panel(0, options={**first["options"], "colorMode": "loud"}),
                       panel(0, fieldConfig={"defaults": {"unit": "parsecs"}, "overrides": []})):
            self.assertNotEqual(grafana.faults(faulty), [])

    def test_the_first_screen_is_no_longer_than_a_screen(self):
        self.assertLessEqual(max(each["gridPos"]["y"] + each["gridPos"]["h"] for each in panels(folded_too=False)), 27)
        self.assertEqual({each["collapsed"] for each in self.board["panels"] if each["type"] == "row"}, {True})

    def test_variables(self):
        self.assertEqual([each["name"] for each in self.board["templating"]["list"]],
                         ["datasource", "job", "instance", "loop"])
        used = json.dumps([self.board["panels"], self.board["annotations"]])
        for name in re.findall(r"\$\{?(\w+)", used):
            self.assertIn(name, {"datasource", "job", "instance", "loop", "__rate_interval", "__range"})

    def test_every_query_asks_for_the_job_and_the_instance(self):
        for where, query, _ in dashboard_queries():
            for matchers in re.findall(r"\{([^{}]*)\}", query):
                with self.subTest(where=where, query=query):
                    self.assertIn('job=~"$job",instance=~"$instance"', matchers)
            with self.subTest(where=where, query=query):
                self.assertNotRegex(re.sub(r"\{[^{}]*\}", "{}", query),
                                    r"\b(asio|asioscope|process|scrape)_\w+(?!\w|\{)")

    def test_promtool_understands_every_query(self):
        queries = [filled(query, "1m", "1h") for _, query, _ in dashboard_queries()] + list(runbook_queries())
        self.assertGreater(len(queries), 60)
        groups = [{"name": "queries", "rules": [{"record": f"query:number:{number}", "expr": query}
                                                for number, query in enumerate(queries)]}]
        with tempfile.TemporaryDirectory() as folder:
            file = pathlib.Path(folder, "queries.yml")  # JSON is YAML, too
            file.write_text(json.dumps({"groups": groups}))
            status, said = promtool("check", "rules", "--lint=none", file)
        self.assertEqual(status, 0, said)


if __name__ == "__main__":
    unittest.main()
