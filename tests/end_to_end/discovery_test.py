# SPDX-License-Identifier: BSL-1.0
"""Many programs on a host announce where their metrics are; Prometheus finds them by the viewer's list."""
import json
import os
import pathlib
import signal
import subprocess
import unittest

from support.programs import EndToEnd, Watched, program, wait_until
from support.prometheus_server import PrometheusServer


class Discovered(EndToEnd):
    def start(self, name):
        one = Watched([program("ASIOSCOPE_TEN_LINES_AUTOSTART")], self.scratch, ASIOSCOPE_NAME=name)
        self.addCleanup(one.end)
        one.said("(metrics at http)")  # it has announced itself before it says so
        return one

    def viewer(self, *options):
        folders = dict(os.environ, XDG_RUNTIME_DIR=str(self.scratch / "run"), TMPDIR=str(self.scratch / "tmp"))
        return subprocess.run([program("ASIOSCOPE_VIEWER"), *options], env=folders, text=True, timeout=60,
                              capture_output=True, stdin=subprocess.DEVNULL)

    def file_sd(self, mine):
        """The groups of these programs: others of this user may be running."""
        listed = self.viewer("--list", "--file-sd")
        self.assertEqual((listed.returncode, listed.stderr), (0, ""))
        return [group for group in json.loads(listed.stdout) if group["labels"]["program"] in mine]

    @staticmethod
    def target(one):
        return one.metrics_url.removeprefix("http://").removesuffix("/metrics")

    def test_the_list_is_what_file_sd_reads(self):
        first, second, other = self.start("shop \"A\""), self.start("shop \"A\""), self.start("stock")
        targets = sorted([self.target(first), self.target(second)])
        self.assertEqual(self.file_sd(["shop \"A\"", "stock"]), [
            {"targets": targets, "labels": {"program": "shop \"A\""}},
            {"targets": [self.target(other)], "labels": {"program": "stock"}}])
        table = self.viewer("--list").stdout.splitlines()
        (row,) = [line.split("\t") for line in table if f"\t{other.process.pid}\t" in line]
        self.assertEqual((row[0], row[3]), ("stock", other.metrics_url))
        self.assertTrue(pathlib.Path(row[2]).is_socket())
        other.stop(signal.SIGKILL)
        self.assertEqual(self.file_sd(["stock"]), [])

    def test_programs_on_unix_sockets_are_for_people_only(self):
        socket = self.scratch / "metrics.sock"
        one = Watched([program("ASIOSCOPE_TEN_LINES_AUTOSTART")], self.scratch, ASIOSCOPE_NAME="local",
                      ASIOSCOPE_LIVE="off", ASIOSCOPE_METRICS=f"unix:{socket}")
        self.addCleanup(one.end)
        one.said("(metrics at unix:)")
        self.assertEqual(self.file_sd(["local"]), [])
        self.assertIn(f"local\t{one.process.pid}\t-\tunix:{socket}\n", self.viewer("--list").stdout)

    def test_a_real_server_finds_two_programs_and_notices_a_third(self):
        programs = [self.start("shop"), self.start("stock")]
        file = self.scratch / "targets.json"

        def write():
            groups = self.file_sd(["shop", "stock", "late"])
            new = file.with_suffix(".new")
            new.write_text(json.dumps(groups))
            new.rename(file)

        write()
        server = PrometheusServer(self, {"scrape_configs": [{
            "job_name": "asioscope", "scrape_interval": "200ms", "scrape_timeout": "200ms",
            "file_sd_configs": [{"files": [str(file)], "refresh_interval": "1s"}]}]})

        def up():
            found = server.query('up{job="asioscope"}')
            return {(each["metric"]["program"], each["metric"]["instance"])
                    for each in found if each["value"][1] == "1"}

        def expected():
            return {(name, self.target(one)) for name, one in zip(["shop", "stock", "late"], programs)}

        wait_until(lambda: up() == expected(), "both programs are up", 60)
        programs.append(self.start("late"))
        write()
        wait_until(lambda: up() == expected(), "all three are up", 60)
        (group,) = server.query('count(count by (__name__, program) ({program="shop", pid!=""})) or vector(0)')
        self.assertEqual(group["value"][1], "0", "a process id among the labels")


if __name__ == "__main__":
    unittest.main()
