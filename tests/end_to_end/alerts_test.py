# SPDX-License-Identifier: BSL-1.0
"""The shipped rules and the dashboard in a real Prometheus that scrapes the real shop."""
import json
import pathlib
import signal
import sys
import threading
import time
import unittest

from support.programs import EndToEnd, load, wait_until
from support.prometheus_server import PrometheusServer, free_port

sys.path.append(str(pathlib.Path(__file__).resolve().parents[1] / "tools"))
import monitoring

# All that is measured in windows and `for` happens sixty times as fast: a scrape every 250 ms for one every 15 s.
HURRY = 60
INTERVAL = "250ms"
HANDLERS = 'asio_handler_duration_seconds_count{loop="http"}'
REQUESTS = 'sum(asio_tasks_finished_total{task=~"(GET|POST) .*"})'


class Alerts(EndToEnd):
    def setUp(self):
        super().setUp()
        self.metrics = f"127.0.0.1:{free_port()}"
        (self.scratch / "rules.yml").write_text(monitoring.hurried(HURRY))
        self.server = PrometheusServer(self, {
            "global": {"scrape_interval": INTERVAL, "scrape_timeout": INTERVAL, "evaluation_interval": INTERVAL},
            "rule_files": ["rules.yml"],
            "scrape_configs": [{"job_name": "shop", "static_configs": [{"targets": [self.metrics]}]}]})

    def start(self, **more):
        # A threshold that a busy machine does not reach by itself.
        shop = self.start_shop(ASIOSCOPE_METRICS=self.metrics, ASIOSCOPE_STALL="250ms", **more)
        wait_until(lambda: self.server.value("up") == 1, "the target is up", 30)
        return shop

    def in_background(self, shop, *options):
        thread = threading.Thread(target=load, args=(shop.url, *options))
        thread.start()
        self.addCleanup(thread.join)
        return thread

    def states(self, alert, last="firing"):
        """Which states of the alert are seen, in their order, until it is in the last."""
        seen = []

        def look():
            (state,) = [each["state"] for each in self.server.alerts(alert)] or ["inactive"]
            if seen[-1:] != [state]:
                seen.append(state)
            return state == last

        try:
            wait_until(look, "", 30)
        except AssertionError:
            self.fail(f"{alert} is not {last}, it was {seen}")
        return seen

    def test_a_blocked_loop_and_a_target_that_goes_down(self):
        begin = time.time()
        shop = self.start()
        self.load(shop, "--requests", "300")
        wait_until(lambda: self.server.value(REQUESTS) == 300, "what the shop served, counted by the server", 30)
        self.load(shop, "--requests", "700")
        wait_until(lambda: self.server.value(REQUESTS) == 1000, "what it served since", 30)
        self.assertEqual(self.server.alerts("AsioLoopStalls"), [])

        # The loop is blocked, again and again, until somebody is told.
        blocks = []
        stop = threading.Event()

        def block():
            while not stop.is_set():
                blocks.append(shop.get("/sick/block?ms=600")[0])

        blocker = threading.Thread(target=block)
        self.addCleanup(stop.set)
        blocker.start()
        self.assertEqual(self.states("AsioLoopStalls"), ["inactive", "pending", "firing"])
        (alert,) = self.server.alerts("AsioLoopStalls")
        self.assertEqual((alert["labels"]["loop"], alert["labels"]["job"]), ("http", "shop"))
        # A run is counted when it has ended, and seen with the next scrape.
        wait_until(lambda: [each for each in self.server.alerts("AsioLoopStalls")
                            if each["annotations"]["handler"].startswith("shop::run, ")], "the alert names who it is")
        annotations = json.loads(monitoring.DASHBOARD.read_text())["annotations"]["list"]
        shown = self.server.query(monitoring.filled(annotations[0]["expr"], "5s", "1m"))
        self.assertIn("AsioLoopStalls", [each["metric"]["alertname"] for each in shown])
        stop.set()
        blocker.join()
        self.assertEqual(set(blocks), {200})
        wait_until(lambda: self.server.value("asio_loop_stalls_total") == len(blocks), "as many stalls as blocks", 30)
        wait_until(lambda: self.server.value(REQUESTS) == 1000 + len(blocks), "the requests among them", 30)
        stalled = self.server.value("asio_loop_stall_seconds_total")
        self.assertTrue(0.35 * len(blocks) < stalled, stalled)
        self.states("AsioLoopStalls", last="inactive")

        # It goes away without a word.
        shop.stop(signal.SIGKILL)
        wait_until(lambda: self.server.value("up") == 0, "the target is down", 30)
        self.assertEqual(self.states("AsioTargetDown")[-2:], ["pending", "firing"])

        # And is there again, with counters that begin at 0.
        restart = time.time()
        shop = self.start(port=shop.port)
        self.states("AsioTargetDown", last="inactive")
        self.load(shop, "--requests", "100")
        wait_until(lambda: self.server.value(REQUESTS) == 100, "what the new one served", 30)
        end = time.time()
        rates = self.server.course(f"rate({HANDLERS}[5s])", begin, end)
        self.assertGreaterEqual(min(rate for _, rate in rates), 0)
        # All it ever ran, in the 5 s of the window; if the fall were counted, it would be all of the old one.
        since = [rate for moment, rate in rates if moment > restart + 5]
        self.assertLess(max(since, default=0), 1.5 * self.server.value(HANDLERS) / 5)

    def test_every_query_of_the_dashboard_has_an_answer_and_they_name_the_guilty_handler(self):
        shop = self.start(ASIOSCOPE_SLOW_HANDLER="20ms")
        self.in_background(shop, "--rate", "50", "--duration", "12")
        # A counter that begins above 0 has no rate yet: one failure is seen before the other.
        shop.get("/sick/throw")
        wait_until(lambda: self.server.value('asio_tasks_failed_total{task="GET /sick/throw"}'), "a failed task", 30)
        begin = time.time()
        self.assertEqual(shop.get("/sick/block?ms=1500")[0], 200)
        for path in ("/sick/throw", "/sick/leak", "/report", "/sick/strike?ms=2000", "/sick/backlog?n=1000"):
            shop.get(path)

        queries = [(panel["title"], monitoring.filled(target["expr"], "30s", "1m"))
                   for panel in monitoring.panels() for target in panel["targets"]]
        unanswered = list(queries)

        def all_answered():
            unanswered[:] = [(panel, query) for panel, query in unanswered if not any(
                series["value"][1] != "NaN" for series in self.server.query(query))]
            return not unanswered

        try:
            wait_until(all_answered, "an answer to every query", 30)
        except AssertionError:
            self.assertEqual(unanswered, [])
        self.assertGreater(len(queries), 50)

        # Which loop, which handler, since when: by what the dashboard asks, and nothing else.
        asks = {panel["title"]: panel["targets"][0]["expr"] for panel in monitoring.panels(folded_too=False)}
        (blocked,) = self.server.query(monitoring.filled(f"topk(1, {asks['Blocked, by loop']})", "30s", "1m"))
        self.assertEqual(blocked["metric"]["loop"], "http")
        (slowest,) = self.server.query(monitoring.filled(asks["Slowest handler"], "30s", "1m", loop="http"))
        self.assertEqual(slowest["metric"]["site"], "shop::run")
        self.assertGreater(float(slowest["value"][1]), 1)
        course = self.server.course(monitoring.filled(asks["Blocked, by loop"], "1s", "1m"), begin - 10, time.time())
        since = next(moment for moment, value in course if value > 0)
        self.assertTrue(begin < since < begin + 2.5, f"{since - begin} s after the block began")

    def test_who_blocks_a_loop_is_known_while_it_does(self):
        shop = self.start()
        trace_id = "4bf92f3577b34da6a3ce929d0e0e4736"
        begin = time.time()
        blocker = threading.Thread(target=shop.get, args=("/sick/block?ms=5000",),
                                   kwargs={"traceparent": f"00-{trace_id}-00f067aa0ba902b7-01"})
        blocker.start()
        self.addCleanup(blocker.join)

        def exemplar(metric):
            found = self.server.ask("query_exemplars", query=metric, start=begin, end=time.time() + 1)
            return next((one for series in found for one in series["exemplars"]
                         if one["labels"].get("trace_id") == trace_id), None)

        stall = wait_until(lambda: exemplar('asio_loop_stalls_total{loop="http"}'), "an exemplar of the stall", 30)
        self.assertTrue(blocker.is_alive(), "it was over before anyone was told")
        self.assertEqual(stall["labels"]["site"], "shop::run")
        blocker.join()
        run = wait_until(lambda: exemplar('asio_handler_duration_seconds_bucket{loop="http"}'), "one of the run", 30)
        self.assertGreater(float(run["value"]), 4.5)


if __name__ == "__main__":
    unittest.main()
