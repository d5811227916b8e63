# SPDX-License-Identifier: BSL-1.0
"""What the README shows works as it stands there."""
import signal
import unittest

from support.programs import EndToEnd, Watched, program, wait_until


class Samples(EndToEnd):
    def start(self, variable):
        watched = Watched([program(variable)], self.scratch)
        self.addCleanup(watched.end)
        return watched

    def test_the_instrumented_executor_shows_its_task(self):
        watched = self.start("ASIOSCOPE_TEN_LINES_EXECUTOR")
        wait_until(lambda: watched.scrape().sum("asio_handlers_total", loop="main") >= 3, "a few ticks")
        scrape = watched.scrape()
        self.assertEqual(scrape.sum("asio_tasks_spawned_total", loop="main", task="tick"), 1)
        self.assertEqual([task["name"] for task in watched.dump_model()["tasks_live"]], ["tick"])
        watched.stop(signal.SIGTERM)

    def test_autostart_shows_everything_with_no_word_of_it_in_the_source(self):
        watched = self.start("ASIOSCOPE_TEN_LINES_AUTOSTART")
        wait_until(lambda: watched.scrape().sum("asio_handlers_total") >= 3, "a few ticks")
        self.assertEqual(watched.scrape().sum("asio_tasks_spawned_total", task=".*tick.*"), 1)
        (task,) = watched.dump_model()["tasks_live"]
        self.assertIn("tick", task["name"])
        watched.stop(signal.SIGTERM)


if __name__ == "__main__":
    unittest.main()
