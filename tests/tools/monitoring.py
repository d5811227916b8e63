# SPDX-License-Identifier: BSL-1.0
"""The rules and the dashboard of exporters/metrics/share, as tests read them."""
import json
import pathlib
import re

ROOT = pathlib.Path(__file__).resolve().parents[2]
SHARE = ROOT / "exporters/metrics/share"
RULES = SHARE / "asioscope.rules.yml"
DASHBOARD = SHARE / "asioscope.dashboard.json"

_seconds = {"s": 1, "m": 60, "h": 3600, "d": 86400}


def folded(value):
    """A YAML scalar as it stands in the rules: on its line, or folded below it."""
    text = " ".join(line.strip() for line in value.strip().splitlines())
    return re.sub(r"^(&\w+ )?>-\s*", "", text)


def rules():
    """Each rule: kind (alert, record), name, and its other entries by key, with the text of a scalar or a mapping."""
    for entry in re.split(r"\n      - (?=alert|record)", RULES.read_text())[1:]:
        entry = re.sub(r"\n\s*#.*", "", entry.split("\n  - name:")[0])
        parts = re.findall(r"^(?:        )?(\w+):((?: .*)?(?:\n {10,}.*)*)", entry, re.MULTILINE)
        yield {key: folded(value) for key, value in parts}


def hurried(factor):
    """The rules with every stretch of time divided: windows, `for`, and so, with a scrape interval divided, too, all
    that happens. What is measured in seconds by itself, an age of 30 s, stays."""
    def divided(match):
        milliseconds = int(match[2]) * _seconds[match[3]] * 1000 // factor
        return f"{match[1]}{milliseconds}ms{match[4]}"

    text = re.sub(r"(\[)(\d+)([smhd])(\])", divided, RULES.read_text())
    return re.sub(r"(\n        for: )(\d+)([smhd])()", divided, text)


def panels(folded_too=True):
    for panel in json.loads(DASHBOARD.read_text())["panels"]:
        if panel["type"] != "row":
            yield panel
        elif folded_too:
            yield from panel["panels"]


def filled(query, window, span, **variables):
    """What Grafana makes of a query; variables that are not given are All."""
    for name, value in {"__rate_interval": window, "__range": span, "job": ".+", "instance": ".+", "loop": ".+",
                        **variables}.items():
        query = re.sub(rf"\${name}\b", value, query)
    return query
