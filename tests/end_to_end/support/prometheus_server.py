# SPDX-License-Identifier: BSL-1.0
"""Prometheus' own server, for as long as a test lasts."""
import contextlib
import json
import random
import socket
import subprocess
import urllib.error
import urllib.parse
import urllib.request

from support.programs import prometheus, wait_until


def free_port():
    """One that no program gets unless it asks for it: while a server starts, others open connections."""
    while True:
        port = random.randrange(20_000, 32_000)
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


class PrometheusServer:
    def __init__(self, test, configuration):
        self.log = test.scratch / "prometheus.log"
        config = test.scratch / "prometheus.yml"
        config.write_text(json.dumps(configuration))
        for _ in range(5):
            self.address = f"127.0.0.1:{free_port()}"
            with open(self.log, "wb") as log:
                server = subprocess.Popen(
                    [prometheus("prometheus"), f"--config.file={config}", f"--web.listen-address={self.address}",
                     f"--storage.tsdb.path={test.scratch / 'tsdb'}", "--enable-feature=exemplar-storage"],
                    stdin=subprocess.DEVNULL, stdout=log, stderr=log)
            wait_until(lambda: server.poll() is not None or self.is_ready(), "Prometheus is ready", 60)
            if server.poll() is None:
                test.addCleanup(server.wait, timeout=20)
                test.addCleanup(server.terminate)
                return
            server.wait(timeout=20)
        raise AssertionError("Prometheus does not start: " + self.log.read_text()[-2_000:])

    def is_ready(self):
        try:
            with urllib.request.urlopen(f"http://{self.address}/-/ready", timeout=10):
                return True
        except OSError:
            return False

    def ask(self, path, **parameters):
        """What the API says under `data`; none while the server is not there yet."""
        url = f"http://{self.address}/api/v1/{path}?" + urllib.parse.urlencode(parameters)
        try:
            with urllib.request.urlopen(url, timeout=10) as answer:
                return json.load(answer)["data"]
        except urllib.error.HTTPError as error:
            with error:
                if error.code == 503:
                    return None
                raise AssertionError(f"{path} {parameters}: {error.read().decode()}") from None
        except OSError:
            return None

    def query(self, expression):
        """The result of a query; none while the server is not there yet."""
        answer = self.ask("query", query=expression)
        return answer["result"] if answer else []

    def value(self, expression):
        """That of the first series; None: there is none."""
        result = self.query(expression)
        return float(result[0]["value"][1]) if result else None

    def course(self, expression, begin, end, step=0.25):
        """(time, value) of the first series of a range query; none: there is none."""
        result = self.ask("query_range", query=expression, start=begin, end=end, step=step)["result"]
        return [(moment, float(value)) for moment, value in result[0]["values"]] if result else []

    def alerts(self, name):
        """Those of that name, pending or firing."""
        answer = self.ask("alerts")
        return [each for each in answer["alerts"] if each["labels"]["alertname"] == name] if answer else []
