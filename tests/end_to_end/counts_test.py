# SPDX-License-Identifier: BSL-1.0
"""What is counted is exactly what happened, and every view of it says the same."""
import re
import signal
import threading
import unittest

from support.programs import EndToEnd, wait_until


def requests_in(model):
    return sum(task["finished"] for task in model["task_names"] if re.match("(GET|POST) ", task["name"]))


class Counts(EndToEnd):
    def test_ten_thousand_requests_are_ten_thousand_finished_tasks(self):
        shop = self.start_shop()
        self.load(shop, "--requests", "17")
        before = shop.scrape().requests()
        self.assertEqual(before, 17)

        self.load(shop, "--requests", "10000")

        after = shop.scrape()
        self.assertEqual(after.requests() - before, 10_000)
        self.assertEqual(after.sum("asio_tasks_failed_total", task="(GET|POST) .*"), 0)
        self.assertEqual(requests_in(shop.dump_model()), 10_017)

    def test_each_route_is_counted_under_its_pattern(self):
        shop = self.start_shop()
        for path in ("/", "/items", "/orders/1", "/orders/2", "/orders/none", "/report", "/nothing/here", "/x"):
            shop.get(path)
        shop.get("/orders", "POST", b'{"item": 1, "quantity": 1}')
        shop.get("/items", "DELETE")

        scrape = shop.scrape()
        finished = {name: scrape.sum("asio_tasks_finished_total", task=re.escape(name), loop="http")
                    for name in ("GET /", "GET /items", "GET /orders/ID", "POST /orders", "GET /report",
                                 "GET /other", "DELETE /other")}
        self.assertEqual(finished, {"GET /": 1, "GET /items": 1, "GET /orders/ID": 3, "POST /orders": 1,
                                    "GET /report": 1, "GET /other": 2, "DELETE /other": 1})

    def test_a_handler_that_throws_is_a_failed_task_and_the_shop_goes_on(self):
        shop = self.start_shop()
        self.assertEqual(shop.get("/sick/throw")[0], 500)
        self.assertEqual(shop.get("/items")[0], 200)
        scrape = shop.scrape()
        self.assertEqual(scrape.sum("asio_tasks_failed_total", task="GET /sick/throw"), 1)
        self.assertEqual(scrape.sum("asio_tasks_failed_total"), 1)
        shop.said("(was asked to throw)")

    def test_a_leaked_task_stays_alive_in_the_metrics_and_the_model(self):
        shop = self.start_shop()
        self.assertEqual(shop.get("/sick/leak"), (200, {"leaked": 1}))
        self.assertEqual(shop.get("/sick/leak"), (200, {"leaked": 2}))
        scrape = shop.scrape()
        self.assertEqual(scrape.sum("asio_tasks_spawned_total", task="leaked"), 2)
        self.assertEqual(scrape.sum("asio_tasks_finished_total", task="leaked"), 0)
        live = [task for task in shop.dump_model()["tasks_live"] if task["name"] == "leaked"]
        self.assertEqual([task["state"] for task in live], ["suspended", "suspended"])

    def test_a_backlog_is_seen_and_counted_to_the_last_handler(self):
        shop = self.start_shop()

        def run():
            return shop.scrape().sum("asio_handlers_total", loop="http", site=".*backlog.*")

        self.assertEqual(run(), 0)
        self.assertEqual(shop.get("/sick/backlog?n=5000"), (200, {"posted": 5000}))
        wait_until(lambda: run() >= 5000, "the whole backlog")
        self.assertEqual(run(), 5000)

    def test_a_storm_keeps_the_loop_busy_and_is_shown_under_its_function(self):
        shop = self.start_shop()
        shop.get("/sick/storm?ms=200")
        wait_until(lambda: shop.scrape().sum("asio_handlers_total", loop="http", site=".*post_again.*") > 1000,
                   "many runs of the handler that posts itself")

    def test_the_primitives_are_seen_with_their_figures(self):
        shop = self.start_shop("--connections", "3")
        for _ in range(5):
            self.assertEqual(shop.get("/orders", "POST", b'{"item": 1, "quantity": 1}')[0], 201)
        self.assertEqual(shop.get("/report")[0], 200)
        wait_until(lambda: shop.scrape().sum("asio_queue_processor_items_total", outcome="processed") > 0,
                   "the orders are shipped")
        scrape = shop.scrape()
        self.assertEqual(scrape.sum("asio_pool_max_resources", pool="database"), 3)
        self.assertEqual(scrape.sum("asio_pool_resources", pool="database", state="in_use"), 0)
        self.assertGreater(scrape.sum("asio_pool_acquired_total", pool="database"), 100)
        self.assertEqual(scrape.sum("asio_rate_limiter_acquired_total", limiter="orders"), 5)
        self.assertEqual(scrape.sum("asio_breaker_state", breaker="carrier", state="closed"), 1)
        self.assertEqual(scrape.sum("asio_breaker_failures_total", breaker="carrier"), 0)
        self.assertEqual(scrape.sum("asio_pipeline_items_ended_total", pipeline="report", outcome="out"), 101)
        self.assertEqual({each["kind"] for each in shop.dump_model()["resources"]},
                         {"resource_pool", "mutex", "rate_limiter", "retry", "circuit_breaker", "queue_processor",
                          "pipeline"})

    def test_who_holds_the_exhausted_pool_is_named_to_those_who_wait(self):
        shop = self.start_shop("--connections", "1", ASIOSCOPE_DUMP_SIGNAL="USR1")
        requests = [threading.Thread(target=shop.get, args=("/sick/hold?ms=4000",)) for _ in range(2)]
        for request in requests:
            request.start()
        wait_until(lambda: shop.scrape().sum("asio_pool_waiters", pool="database") == 1, "somebody waits")
        shop.process.send_signal(signal.SIGUSR1)
        shop.said(r"(waiting for resource_pool database, place 1 of 1, for )")
        model = shop.dump_model()
        (pool,) = [each for each in model["resources"] if each["name"] == "database"]
        (holder,) = pool["holders"]
        names = {task["id"]: task["name"] for task in model["tasks_live"]}
        self.assertEqual(names[holder["task"]], "GET /sick/hold")
        self.assertEqual(names[pool["waiters"][0]["task"]], "GET /sick/hold")

        def sentences():
            return [each["sentence"] for each in shop.dump_model()["findings"] if each["id"] == "exhausted"]

        wait_until(sentences, "it is found")
        self.assertRegex(sentences()[0], r"^resource_pool database is exhausted: all 1 in use, 1 operation waits, the "
                         r"first for .*; held longest by GET /sick/hold \(task \d+\), for ")
        for request in requests:
            request.join()
        self.assertEqual(shop.scrape().sum("asio_pool_wait_seconds_count", pool="database") > 0, True)

    def test_the_breaker_opens_when_the_carrier_strikes(self):
        shop = self.start_shop()
        shop.get("/sick/strike?ms=10000")
        shop.get("/orders", "POST", b'{"item": 1, "quantity": 1}')
        wait_until(lambda: shop.scrape().sum("asio_breaker_state", breaker="carrier", state="open") == 1,
                   "the breaker is open", seconds=30)
        scrape = shop.scrape()
        self.assertGreater(scrape.sum("asio_retry_attempts_total", policy="carrier"), 0)
        self.assertGreater(scrape.sum("asio_breaker_failures_total", breaker="carrier"), 0)
        self.assertEqual(scrape.sum("asio_breaker_transitions_total", breaker="carrier", to="open"), 1)


if __name__ == "__main__":
    unittest.main()
