# SPDX-License-Identifier: BSL-1.0
"""Every piece of C++ in the documentation stands, to the letter, in a program that is compiled."""
import pathlib
import re
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]


def samples():
    for page in [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]:
        for block in re.findall(r"```cpp\n(.*?)```", page.read_text(), re.DOTALL):
            yield page.name, block


def compiled_sources():
    for folder in ("examples", "tests/consumer"):
        for source in sorted((ROOT / folder).rglob("*.cpp")):
            yield source.read_text()


class Samples(unittest.TestCase):
    def test_there_are_some(self):
        self.assertGreaterEqual(len(list(samples())), 2)

    def test_each_is_part_of_a_compiled_program(self):
        sources = list(compiled_sources())
        for page, block in samples():
            with self.subTest(page=page, begins=block.splitlines()[0]):
                self.assertTrue(any(block in source for source in sources), f"{page}: not compiled:\n{block}")

    def test_what_it_costs_is_what_was_measured(self):
        headline = (ROOT / "docs/overhead.md").read_text().splitlines()[3]
        self.assertRegex(headline, r"^Metrics add \d+ ns to a handler")
        self.assertIn("\n" + headline + "\n", (ROOT / "README.md").read_text(),
                      "README.md repeats the first sentence of docs/overhead.md")

    def test_links_lead_somewhere(self):
        for page in [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]:
            prose = re.sub(r"```.*?```|`[^`\n]*`", "", page.read_text(), flags=re.DOTALL)
            for target in re.findall(r"\]\(([^)#]+)", prose):
                if "://" not in target:
                    with self.subTest(page=page.name, target=target):
                        self.assertTrue((page.parent / target).exists())


if __name__ == "__main__":
    unittest.main()
