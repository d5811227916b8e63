# SPDX-License-Identifier: BSL-1.0
"""Reading what a /metrics endpoint answers."""
import re
import urllib.request

_sample = re.compile(r'^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)$')
_label = re.compile(r'(\w+)="((?:[^"\\]|\\.)*)"')


class Scrape:
    """One answer of the endpoint: a list of (family, labels, value)."""

    def __init__(self, url, timeout=10):
        with urllib.request.urlopen(url, timeout=timeout) as answer:
            self.text = answer.read().decode()
        self.samples = []
        for line in self.text.splitlines():
            if not line or line.startswith("#"):
                continue
            name, labels, value = _sample.match(line).groups()
            self.samples.append((name, dict(_label.findall(labels or "")), float(value)))

    def sum(self, name, **patterns):
        """The sum over all series whose labels match these regular expressions as a whole."""
        return sum(value for family, labels, value in self.samples if family == name and all(
            re.fullmatch(pattern, labels.get(label, "")) for label, pattern in patterns.items()))

    def requests(self):
        """How many requests to the shop have been answered."""
        return self.sum("asio_tasks_finished_total", task="(GET|POST) .*")
