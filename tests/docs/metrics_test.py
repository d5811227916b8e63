# SPDX-License-Identifier: BSL-1.0
"""docs/metrics.md names the families that there are, and the queries in the documentation are queries of those."""
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs/metrics.md"
PROMTOOL = os.environ.get("ASIOSCOPE_PROMTOOL", ROOT / "build/servers/usr/bin/promtool")


def queries():
    """Each paragraph of each block of PromQL; lines that begin with # are comments."""
    for page in sorted((ROOT / "docs").rglob("*.md")):
        for block in re.findall(r"```promql\n(.*?)```", page.read_text(), re.DOTALL):
            code = "\n".join(line for line in block.splitlines() if not line.startswith("#"))
            yield from ((page.name, part.strip()) for part in re.split(r"\n\s*\n", code) if part.strip())


def configurations():
    """What is shown for prometheus.yml."""
    for page in sorted((ROOT / "docs").rglob("*.md")):
        for block in re.findall(r"```yaml\n(.*?)```", page.read_text(), re.DOTALL):
            if re.match("(rule_files|scrape_configs):", block):
                # Debian's Prometheus is built without Kubernetes.
                yield page.name, re.sub(r"kubernetes_sd_configs:\n +- role: pod", "static_configs: []", block)


class Metrics(unittest.TestCase):
    def page(self, *arguments):
        return subprocess.run([GENERATOR, *arguments], capture_output=True, text=True)

    def test_the_page_has_the_families_that_there_are(self):
        told = self.page("--check", PAGE)
        self.assertEqual((told.returncode, told.stderr), (0, ""))

    def test_a_page_with_others_is_seen_and_written_again(self):
        with tempfile.TemporaryDirectory() as folder:
            copy = pathlib.Path(folder, "page.md")
            copy.write_text(PAGE.read_text().replace("asio_handlers_total`", "asio_renamed_total`"))
            told = self.page("--check", copy)
            self.assertEqual(told.returncode, 1)
            self.assertIn("./run docs", told.stderr)
            self.assertEqual(self.page(copy).returncode, 0)
            self.assertEqual(copy.read_text(), PAGE.read_text())

    def test_promtool_understands_the_queries(self):
        self.assertGreater(len(list(queries())), 8)
        rules = [{"record": f"query:number:{number}", "expr": query} for number, (_, query) in enumerate(queries())]
        with tempfile.TemporaryDirectory() as folder:
            # JSON is YAML, too.
            pathlib.Path(folder, "rules.yml").write_text(json.dumps({"groups": [{"name": "docs", "rules": rules}]}))
            told = subprocess.run([PROMTOOL, "check", "rules", "--lint=none", "rules.yml"], cwd=folder,
                                  capture_output=True, text=True)
        self.assertEqual(told.returncode, 0, told.stdout + told.stderr)

    def test_promtool_understands_the_configurations(self):
        self.assertGreater(len(list(configurations())), 3)
        for page, block in configurations():
            with self.subTest(page=page, begins=block.splitlines()[1]), tempfile.TemporaryDirectory() as folder:
                pathlib.Path(folder, "prometheus.yml").write_text(block)
                told = subprocess.run([PROMTOOL, "check", "config", "--syntax-only", "prometheus.yml"], cwd=folder,
                                      capture_output=True, text=True)
                self.assertEqual(told.returncode, 0, told.stdout + told.stderr)

    def test_the_families_in_the_queries_exist(self):
        known = set(re.findall(r"^\| `(\w+)` \|", PAGE.read_text(), re.MULTILINE))
        self.assertGreater(len(known), 100)
        for page, query in queries():
            for name in re.findall(r"\b(?:asio|asioscope|process)_\w+", query):
                with self.subTest(page=page, name=name):
                    self.assertTrue({name, re.sub("_(bucket|sum|count)$", "", name)} & known)


if __name__ == "__main__":
    GENERATOR = sys.argv.pop(1)
    unittest.main()
