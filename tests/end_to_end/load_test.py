# SPDX-License-Identifier: BSL-1.0
"""asioscope-load sends what it was told to, and its numbers are honest."""
import re
import threading
import time
import unittest

from support.programs import EndToEnd, load, wait_until


class Load(EndToEnd):
    def columns(self, output):
        """Of the row "all": count, p50, p90, p99, p99.9, max."""
        return [float(word) for word in re.search(r"^all(.*)$", output, re.MULTILINE).group(1).split()]

    def test_it_sends_exactly_as_many_requests_as_it_was_told(self):
        shop = self.start_shop()
        sent = 0
        for requests, connections in ((1, 1), (3, 16), (257, 16)):
            output = self.load(shop, "--requests", str(requests), "--connections", str(connections))
            sent += requests
            self.assertEqual(self.columns(output)[0], requests)
            self.assertEqual(shop.scrape().requests(), sent)

    def test_a_rate_is_kept(self):
        shop = self.start_shop()
        output = self.load(shop, "--rate", "100", "--duration", "2", "--connections", "4")
        self.assertEqual(self.columns(output)[0], 200)
        self.assertEqual(shop.scrape().requests(), 200)

    def test_a_pause_of_the_server_delays_all_requests_that_were_due_in_it(self):
        shop = self.start_shop()
        finished = []
        loading = threading.Thread(target=lambda: finished.append(
            load(shop.url, "--rate", "100", "--duration", "4", "--connections", "2", "--mix", "GET /")))
        loading.start()
        wait_until(lambda: shop.scrape().requests() > 20, "the load")
        shop.get("/sick/block?ms=2000")
        loading.join()
        _, p50, p90, _, _, largest = self.columns(finished[0].stdout)
        # Half of the requests were due while the shop stood still. Had only the two that were on their way been
        # counted, p90 would know nothing of it.
        self.assertGreater(p90, 1000)
        self.assertGreater(largest, 1900)

    def test_without_a_number_it_sends_for_as_long_as_it_was_told(self):
        shop = self.start_shop()
        begin = time.monotonic()
        output = self.load(shop, "--duration", "1", "--connections", "2")
        self.assertGreaterEqual(time.monotonic() - begin, 1)
        self.assertEqual(self.columns(output)[0], shop.scrape().requests())

    def test_failures_are_counted_and_told(self):
        shop = self.start_shop()
        run = load(shop.url, "--requests", "10", "--mix", "GET /items,GET /nothing", "--connections", "1")
        self.assertEqual(run.returncode, 1)
        self.assertIn("failed: status 404: 5\n", run.stdout)

    def test_a_server_that_is_not_there_is_one_sentence(self):
        shop = self.start_shop()
        url = shop.url
        shop.stop()
        run = load(url, "--requests", "10")
        self.assertEqual((run.returncode, run.stdout), (1, ""))
        self.assertRegex(run.stderr, r"^asioscope-load: cannot connect to [0-9.:]+: Connection refused\n$")

    def test_what_it_does_not_understand_is_one_sentence(self):
        for words in (["--bogus"], ["--rate", "x"], ["--requests", "0"], ["--mix", "GET"], ["--mix", ""],
                      ["--requests", "1", "--duration", "1"], ["word"]):
            with self.subTest(words):
                run = load("http://127.0.0.1:1", *words)
                self.assertEqual(run.returncode, 1)
                self.assertRegex(run.stderr, r"^asioscope-load: .*; see asioscope-load --help\n$")


if __name__ == "__main__":
    unittest.main()
