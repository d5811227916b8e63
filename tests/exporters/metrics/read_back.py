# SPDX-License-Identifier: BSL-1.0
"""read_back.py openmetrics|text FILE: what the parsers of Prometheus' own Python client find in a text.

One line for each sample: its name, its labels with their values in hexadecimal, its value, and the labels and the
value of its exemplar. The parser of OpenMetrics is a strict one: it refuses whatever the standard does not allow."""
import sys

from prometheus_client.openmetrics import parser as openmetrics
from prometheus_client import parser as text


def labels(values):
    return ",".join(f"{name}={value.encode().hex()}" for name, value in values.items())


def main():
    with open(sys.argv[2], encoding="utf-8", newline="") as source:
        content = source.read()
    parser = openmetrics if sys.argv[1] == "openmetrics" else text
    for family in parser.text_string_to_metric_families(content):
        for sample in family.samples:
            line = f"{sample.name}|{labels(sample.labels)}|{sample.value:.17g}"
            if sample.exemplar is not None:
                line += f"|{labels(sample.exemplar.labels)}|{sample.exemplar.value:.17g}"
            print(line)


main()
