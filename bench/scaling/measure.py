#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""What the metrics cost whoever scrapes them: series and bytes per process, CPU per scrape, and a real Prometheus
that scrapes as many instances as are wanted. Prints the tables of docs/scaling.md, or writes them there."""
import argparse
import datetime
import gzip
import http.client
import json
import os
import pathlib
import re
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.parse

ROOT = pathlib.Path(__file__).resolve().parents[2]
BEGIN = "<!-- measured: written by ./run bench scaling --write -->\n"
END = "<!-- end of what was measured -->\n"


class Fleet:
    """asioscope-bench-fleet, as long as it is wanted."""

    def __init__(self, loops=1, sites=0, tasks=0, primitives=0, instances=1):
        shape = [str(each) for each in (loops, sites, tasks, primitives, instances)]
        self.process = subprocess.Popen([OPTIONS.bin / "asioscope-bench-fleet", *shape], text=True,
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        told = json.loads(self.process.stdout.readline())
        self.export_ms, self.ports = told["export_ms"], told["ports"]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.communicate()

    def scrapes(self, count=1, **headers):
        """(bytes, encoding) of the last of that many, over one connection."""
        connection = http.client.HTTPConnection("127.0.0.1", self.ports[0])
        for _ in range(count):
            connection.request("GET", "/metrics", headers=headers)
            answer = connection.getresponse()
            body = answer.read()
        connection.close()
        return body, answer.getheader("Content-Encoding")


def cpu_seconds(pid):
    # As clock_getcpuclockid(3) makes it: to the nanosecond, where /proc has hundredths of a second.
    return time.clock_gettime(~pid << 3 | 2)


def resident_bytes(pid):
    return int(re.search(r"VmRSS:\s+(\d+)", pathlib.Path(f"/proc/{pid}/status").read_text())[1]) * 1024


def figures(fleet):
    """Series, bytes of text, bytes compressed by the server."""
    plain, _ = fleet.scrapes()
    packed, encoding = fleet.scrapes(**{"Accept-Encoding": "gzip"})
    if encoding != "gzip" or gzip.decompress(packed).count(b"\n") != plain.count(b"\n"):
        sys.exit("measure.py: the endpoint does not compress")
    return sum(not line.startswith(b"#") for line in plain.splitlines()), len(plain), len(packed)


def cpu_of_scrapes(fleet, count=300, **headers):
    """CPU time of one scrape in ms, what the program does besides taken off."""
    pid = fleet.process.pid
    begin, since = cpu_seconds(pid), time.monotonic()
    time.sleep(2)
    beside = (cpu_seconds(pid) - begin) / (time.monotonic() - since)
    begin, since = cpu_seconds(pid), time.monotonic()
    fleet.scrapes(count, **headers)
    return max(0.0, cpu_seconds(pid) - begin - beside * (time.monotonic() - since)) / count * 1000


def table(heads, rows):
    return "\n".join(["| " + " | ".join(heads) + " |", "|" + "---|" * len(heads),
                      *("| " + " | ".join(str(each) for each in row) + " |" for row in rows), ""])


TYPICAL = {"loops": 1, "sites": 20, "tasks": 8, "primitives": 1}


def measure_series():
    def of(**shape):
        with Fleet(**shape) as fleet:
            return figures(fleet)

    base = of()
    rows = [("one loop, hardly anything on it", *base)]
    for what, more in (("a loop more", {"loops": 11}), ("a handler's site more", {"sites": 10}),
                       ("a name of tasks more", {"tasks": 10}),
                       ("a semaphore, a queue, a rate limiter and a circuit breaker more", {"primitives": 10})):
        rows.append((what, *(f"+{(many - few) / 10:.0f}" for many, few in zip(of(**more), base))))
    for what, shape in (("one loop, 20 sites, 8 tasks, four primitives", TYPICAL),
                        ("two loops, 60 sites on each, 60 tasks, 80 primitives: the caps",
                         {"loops": 2, "sites": 60, "tasks": 60, "primitives": 20})):
        rows.append((what, *of(**shape)))
    return table(("a process with", "series", "bytes", "gzip"), rows)


def measure_scrapes():
    rows = []
    for what, shape in (("one loop, hardly anything on it", {}), ("one loop, 20 sites, 8 tasks, four primitives", TYPICAL),
                        ("at the caps, as above", {"loops": 2, "sites": 60, "tasks": 60, "primitives": 20})):
        with Fleet(**shape) as fleet:
            rows.append((what, figures(fleet)[0], f"{fleet.export_ms:.2f} ms", f"{cpu_of_scrapes(fleet):.2f} ms",
                         f"{cpu_of_scrapes(fleet, **{'Accept-Encoding': 'gzip'}):.2f} ms"))
    return table(("a process with", "series", "collecting and writing", "a scrape", "a scrape with gzip"), rows)


class Prometheus:
    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        self.targets([])
        (self.folder / "prometheus.yml").write_text(
            f"global: {{scrape_interval: {OPTIONS.interval}s, scrape_timeout: {OPTIONS.interval}s}}\n"
            "scrape_configs: [{job_name: fleet, file_sd_configs: [{files: [targets.json]}]}]\n")
        self.process = subprocess.Popen(
            [OPTIONS.prometheus, f"--config.file={self.folder}/prometheus.yml",
             f"--storage.tsdb.path={self.folder}/data", f"--web.listen-address=127.0.0.1:{self.port}",
             "--log.level=error"])

    def targets(self, ports):
        part = self.folder / "targets.json.part"
        part.write_text(json.dumps([{"targets": [f"127.0.0.1:{port}" for port in ports]}]))
        part.rename(self.folder / "targets.json")

    def get(self, path):
        connection = http.client.HTTPConnection("127.0.0.1", self.port)
        connection.request("GET", path)
        return connection.getresponse().read().decode()

    def value(self, expression):
        """Of a query with one result; 0 when there is none."""
        answer = json.loads(self.get("/api/v1/query?query=" + urllib.parse.quote(expression)))
        return float((answer["data"]["result"] or [{"value": [0, "0"]}])[0]["value"][1])

    def own(self, name):
        return float(re.search(rf"^{name}(?:{{.*}})? (\S+)", self.get("/metrics"), re.MULTILINE)[1])


def wait_until(condition, seconds=60):
    limit = time.monotonic() + seconds
    while time.monotonic() < limit:
        try:
            if condition():
                return
        except OSError:
            pass
        time.sleep(0.2)
    sys.exit("measure.py: waited in vain")


def measure_prometheus():
    folder = tempfile.mkdtemp(prefix="asioscope-scaling-")
    with Fleet(**TYPICAL, instances=OPTIONS.instances) as fleet:
        server = Prometheus(folder)
        try:
            wait_until(lambda: "is Ready" in server.get("/-/ready"))
            pid = server.process.pid
            time.sleep(2)
            empty = resident_bytes(pid)
            server.targets(fleet.ports)
            wait_until(lambda: server.value("sum(up)") == OPTIONS.instances)
            samples = server.own("prometheus_tsdb_head_samples_appended_total")
            cpu, since = cpu_seconds(pid), time.monotonic()
            served, loads = cpu_seconds(fleet.process.pid), []
            while time.monotonic() - since < OPTIONS.seconds:
                time.sleep(5)
                loads.append(os.getloadavg()[0])
            span = time.monotonic() - since
            cpu, served = cpu_seconds(pid) - cpu, cpu_seconds(fleet.process.pid) - served
            samples = server.own("prometheus_tsdb_head_samples_appended_total") - samples
            series, full = server.own("prometheus_tsdb_head_series"), resident_bytes(pid)
            quantile = "quantile({}, quantile_over_time({}, scrape_duration_seconds[{}s])) * 1000"
            window = int(span)
            rows = [("instances, scraped every", f"{OPTIONS.instances}, {OPTIONS.interval} s"),
                    ("up at the end, and at the worst scrape of each",
                     f"{server.value('sum(up)'):.0f}, {server.value(f'sum(min_over_time(up[{window}s]))'):.0f}"),
                    ("series in its head", f"{series:.0f}"),
                    ("samples a second", f"{samples / span:.0f}"),
                    ("its memory before, after", f"{empty / 2**20:.0f} MiB, {full / 2**20:.0f} MiB"),
                    ("a series, of the difference", f"{(full - empty) / series / 1024:.1f} KiB"),
                    ("its CPU", f"{cpu / span * 100:.1f} % of one processor"),
                    ("duration of a scrape, median", f"{server.value(quantile.format(0.5, 0.5, window)):.1f} ms"),
                    ("duration of a scrape, the slowest",
                     f"{server.value(f'max(max_over_time(scrape_duration_seconds[{window}s]))') * 1000:.1f} ms"),
                    ("the program with all instances: CPU, memory",
                     f"{served / span * 100:.1f} % of one processor, {resident_bytes(fleet.process.pid) / 2**20:.0f} MiB"),
                    ("for how long, load of the machine meanwhile",
                     f"{span:.0f} s, {statistics.mean(loads):.1f}")]
        finally:
            server.process.kill()
            server.process.wait()
            shutil.rmtree(folder)
    return table(("", ""), rows)


def machine():
    model = re.search(r"model name\s*:\s*(.*)", pathlib.Path("/proc/cpuinfo").read_text())[1]
    version = subprocess.run([OPTIONS.prometheus, "--version"], capture_output=True, text=True).stdout
    return (f"On {model}, {os.cpu_count()} cores, Linux {os.uname().release}, load {os.getloadavg()[0]:.1f} before, "
            f"Prometheus {version.split()[2]}, {datetime.datetime.now(datetime.timezone.utc):%Y-%m-%d %H:%M} UTC.\n")


def main():
    text = "\n".join(["", machine(), "### What a process exports\n", measure_series(),
                      "### What a scrape costs the process, in CPU time\n", measure_scrapes(),
                      "### One Prometheus\n", measure_prometheus(), ""])
    if not OPTIONS.write:
        print(text)
        return
    page = (ROOT / "docs/scaling.md").read_text()
    before, after = page.split(BEGIN)[0], page.split(END)[1]
    (ROOT / "docs/scaling.md").write_text(before + BEGIN + text + END + after)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bin", type=pathlib.Path, default=ROOT / "build/release/bin", help="where asioscope-bench-fleet is")
    parser.add_argument("--prometheus", type=pathlib.Path, default=ROOT / "build/servers/usr/bin/prometheus")
    parser.add_argument("--instances", type=int, default=200)
    parser.add_argument("--interval", type=int, default=5, help="seconds between scrapes")
    parser.add_argument("--seconds", type=int, default=120, help="how long Prometheus scrapes them")
    parser.add_argument("--write", action="store_true", help="into docs/scaling.md")
    OPTIONS = parser.parse_args()
    main()
