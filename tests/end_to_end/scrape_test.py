# SPDX-License-Identifier: BSL-1.0
"""Prometheus' own programs accept what the endpoint answers, while the shop is under load."""
import subprocess
import threading
import unittest

from support.programs import EndToEnd, load, prometheus, wait_until
from support.prometheus_server import PrometheusServer


class Scraped(EndToEnd):
    def start_load(self, shop, seconds):
        loading = threading.Thread(target=load, args=(shop.url, "--rate", "200", "--duration", str(seconds)))
        loading.start()
        self.addCleanup(loading.join)

    def test_promtool_finds_nothing_under_load(self):
        promtool = prometheus("promtool")
        shop = self.start_shop()
        shop.get("/sick/throw")
        shop.get("/sick/block?ms=100")
        self.start_load(shop, 3)
        for _ in range(5):
            check = subprocess.run([promtool, "check", "metrics"], input=shop.scrape().text, text=True,
                                   capture_output=True, timeout=30)
            self.assertEqual((check.returncode, check.stdout, check.stderr), (0, "", ""))

    def test_a_real_server_scrapes_the_shop(self):
        shop = self.start_shop()
        self.load(shop, "--requests", "100")
        target = shop.metrics_url.removeprefix("http://").removesuffix("/metrics")
        server = PrometheusServer(self, {"scrape_configs": [{
            "job_name": "shop", "scrape_interval": "200ms", "scrape_timeout": "200ms",
            "static_configs": [{"targets": [target]}]}]})

        def value(expression):
            result = server.query(expression)
            return float(result[0]["value"][1]) if result else None

        wait_until(lambda: value('up{job="shop"}') == 1, "the target is up", 30)
        wait_until(lambda: value('sum(asio_tasks_finished_total{task=~"(GET|POST) .*"})') == 100,
                   "all requests in the server's own query", 30)
        self.assertEqual(value('scrape_samples_post_metric_relabeling == bool scrape_samples_scraped'), 1)
        self.start_load(shop, 4)
        wait_until(lambda: (value('histogram_quantile(0.5, sum by (le) '
                                  '(rate(asio_handler_duration_seconds_bucket{loop="http"}[3s])))') or 0) > 0,
                   "a median from the histogram of handler durations", 30)


if __name__ == "__main__":
    unittest.main()
