# SPDX-License-Identifier: BSL-1.0
"""A handler that blocks the loop is reported while it blocks, once, by the name of the function."""
import threading
import time
import unittest

from support.programs import EndToEnd, wait_until


class Stall(EndToEnd):
    def test_a_blocked_loop_is_reported_once_everywhere(self):
        # Thresholds that a busy machine does not reach by itself.
        shop = self.start_shop(ASIOSCOPE_STALL="100ms", ASIOSCOPE_SLOW_HANDLER="100ms")
        before = shop.scrape()
        self.assertEqual(before.sum("asio_loop_stalls_total"), 0)

        trace_id = "4bf92f3577b34da6a3ce929d0e0e4736"
        self.assertEqual(shop.get("/sick/block?ms=300", traceparent=f"00-{trace_id}-00f067aa0ba902b7-01")[0], 200)

        # The answer comes before the end of the run, and the watchdog looks a little later.
        wait_until(lambda: shop.scrape().sum("asio_slow_handlers_total", loop="http") == 1,
                   "the end of the run in the metrics")
        wait_until(lambda: shop.scrape().sum("asio_loop_stall_seconds_total", loop="http") >= 0.2,
                   "the whole stall in the metrics")
        self.assertEqual(shop.scrape().sum("asio_loop_stalls_total", loop="http"), 1)

        lines = [line for line in shop.err if "report=stall " in line and "compute_discounts" in line]
        self.assertEqual(len(lines), 1, shop.everything())

        stalls = [report for report in shop.dump_model()["reports"]
                  if report["kind"] == "stall" and report["loop"] == "http"]
        self.assertEqual(len(stalls), 1, stalls)
        (stall,) = stalls
        self.assertIn("compute_discounts", stall["culprit"])
        self.assertIn(f"task_id={stall['task']} ", lines[0])
        self.assertIn('task="GET /sick/block"', lines[0])
        # On a machine that has other things to do, the second is the truth too.
        self.assertRegex(lines[0], 'cause=("on CPU"|descheduled) ')
        self.assertIn(stall["cause"], ("on CPU", "descheduled"))
        self.assertGreaterEqual(stall["samples"], 1)
        self.assertEqual(stall["stack_count"] + sum(other["count"] for other in stall["other_stacks"]),
                         stall["samples"])
        self.assertTrue(any("sick.cpp" in frame["file"] for frame in stall["stack"]), stall["stack"])
        self.assertEqual(stall["scopes"], ["price the basket"])
        self.assertEqual(stall["trace_id"], trace_id)
        self.assertIn(f"trace_id={trace_id}", lines[0])
        self.assertFalse(stall["ongoing"])
        # Less what a virtual machine stood still meanwhile.
        self.assertGreaterEqual(stall["duration_ns"], 200_000_000)

    def test_metrics_and_the_log_answer_while_the_loop_is_blocked(self):
        shop = self.start_shop(ASIOSCOPE_STALL="100ms")
        self.assertEqual(shop.scrape().sum("asio_loop_stalls_total", loop="http"), 0)
        answered = threading.Event()

        def block():
            shop.get("/sick/block?ms=5000")
            answered.set()

        blocker = threading.Thread(target=block)
        blocker.start()
        self.addCleanup(blocker.join)
        shop.said(r"(compute_discounts)")
        begin = time.monotonic()
        wait_until(lambda: shop.scrape(timeout=2).sum("asio_loop_stalls_total", loop="http") == 1,
                   "the stall in the metrics")
        self.assertLess(time.monotonic() - begin, 2)
        self.assertFalse(answered.is_set(), "the loop was free again before anyone was told")

    def test_a_healthy_shop_has_no_stalls_on_its_loop(self):
        shop = self.start_shop(ASIOSCOPE_STALL="250ms")
        self.load(shop, "--requests", "500", "--connections", "4")
        shop.get("/report")
        self.assertEqual(shop.scrape().sum("asio_loop_stalls_total", loop="http"), 0)


if __name__ == "__main__":
    unittest.main()
