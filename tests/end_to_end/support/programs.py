# SPDX-License-Identifier: BSL-1.0
"""The real programs, started the way a user starts them, on free ports and with a folder of their own."""
import json
import os
import pathlib
import re
import signal
import subprocess
import tempfile
import threading
import time
import unittest
import urllib.error
import urllib.request

from support.metrics import Scrape


def program(variable):
    """The path that CTest passes in the environment."""
    path = os.environ.get(variable)
    if not path or not os.access(path, os.X_OK):
        raise AssertionError(f"{variable} must be the path of a program; it is {path!r}")
    return path


def prometheus(name):
    """A program of Prometheus' server package, see tests/tools/unpack.sh."""
    default = pathlib.Path(__file__).resolve().parents[3] / "build/servers"
    path = pathlib.Path(os.environ.get("PROMETHEUS_DIR", default)) / "usr/bin" / name
    if not os.access(path, os.X_OK):
        raise AssertionError(f"{path} is not there: run tests/tools/unpack.sh prometheus build/servers")
    return str(path)


def wait_until(condition, what, seconds=15):
    """Returns the first true value of the condition."""
    deadline = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {seconds} s: {what}")
        time.sleep(0.02)


class Watched:
    """A running program with asioscope inside."""

    def __init__(self, command, scratch, **environment):
        self.scratch = scratch
        self.runtime_folder = scratch / "run"
        self.runtime_folder.mkdir(mode=0o700, exist_ok=True)
        self.temporary_folder = scratch / "tmp"
        self.temporary_folder.mkdir(exist_ok=True)
        settings = {name: value for name, value in os.environ.items() if not name.startswith("ASIOSCOPE")}
        settings.update(XDG_RUNTIME_DIR=str(self.runtime_folder), TMPDIR=str(self.temporary_folder),
                        ASIOSCOPE_METRICS="127.0.0.1:0")
        settings.update(environment)
        self.process = subprocess.Popen(command, env=settings, stdin=subprocess.PIPE, text=True,
                                        stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.out, self.err = [], []
        self._readers = [self._collect(self.process.stdout, self.out),
                         self._collect(self.process.stderr, self.err)]

    @staticmethod
    def _collect(stream, lines):
        def read():
            for line in stream:
                lines.append(line)

        reader = threading.Thread(target=read, daemon=True)
        reader.start()
        return reader

    def said(self, pattern):
        """The first group of the pattern, as soon as the program has said it on stdout or stderr."""
        def look():
            if match := re.search(pattern, "".join(self.out + self.err), re.MULTILINE):
                return match
            if self.process.poll() is not None:
                raise AssertionError(f"it ended with {self.process.returncode}:\n{self.everything()}")
            return None
        return wait_until(look, f"{pattern!r} in what the program says:\n{self.everything()}").group(1)

    def everything(self):
        return "".join(self.out + self.err)

    @property
    def metrics_url(self):
        return self.said(r"(http://127\.0\.0\.1:\d+/metrics)")

    def scrape(self, timeout=10):
        return Scrape(self.metrics_url, timeout)

    def sockets(self):
        """The Unix sockets on which it waits for viewers; others may be left from a program that was killed."""
        return [path for path in self.runtime_folder.rglob(f"*{self.process.pid}*") if path.is_socket()]

    def dump_model(self):
        """What the viewer knows of this program."""
        (socket,) = wait_until(self.sockets, "a socket for viewers")
        file = self.scratch / "model.json"
        subprocess.run([program("ASIOSCOPE_VIEWER"), str(socket), "--dump-model", str(file)],
                       check=True, timeout=60, stdin=subprocess.DEVNULL)
        return json.loads(file.read_text())

    def stop(self, number=signal.SIGINT):
        """Its exit code."""
        self.process.send_signal(number)
        return self.wait()

    def wait(self, seconds=20):
        self.process.wait(timeout=seconds)
        for reader in self._readers:
            reader.join(timeout=5)
        return self.process.returncode

    def end(self):
        if self.process.poll() is None:
            self.process.kill()
        self.wait()
        for stream in (self.process.stdin, self.process.stdout, self.process.stderr):
            stream.close()


class Shop(Watched):
    def __init__(self, scratch, *options, port=0, **environment):
        super().__init__([program("ASIOSCOPE_SHOP"), "--port", str(port), *options], scratch, **environment)
        try:
            self.url = self.said(r"(http://127\.0\.0\.1:\d+)$")
        except AssertionError:
            self.end()
            raise
        self.port = int(self.url.rsplit(":", 1)[1])

    def get(self, path, method="GET", body=None, **headers):
        """(status, parsed body) whatever the status is."""
        request = urllib.request.Request(self.url + path, method=method, data=body, headers=headers)
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return answer.status, json.loads(answer.read() or "null")
        except urllib.error.HTTPError as answer:
            with answer:
                return answer.code, json.loads(answer.read() or "null")


def load(url, *options, timeout=120):
    """A finished run of asioscope-load."""
    return subprocess.run([program("ASIOSCOPE_LOAD"), "--url", url, *options],
                          capture_output=True, text=True, timeout=timeout, stdin=subprocess.DEVNULL)


class EndToEnd(unittest.TestCase):
    """Gives every test a folder, and ends what it started."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="asioscope-test-")
        self.addCleanup(folder.cleanup)
        self.scratch = pathlib.Path(folder.name)

    def start_shop(self, *options, **settings):
        shop = Shop(self.scratch, *options, **settings)
        self.addCleanup(shop.end)
        return shop

    def load(self, shop, *options):
        run = load(shop.url, *options)
        self.assertEqual(run.returncode, 0, run.stdout + run.stderr)
        return run.stdout
