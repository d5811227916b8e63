# SPDX-License-Identifier: BSL-1.0
"""A program that knows nothing of asioscope behaves as before once it is linked, and is seen."""
import subprocess
import unittest

from support.programs import EndToEnd, Watched, program


class Unmodified(EndToEnd):
    def start(self, **settings):
        watched = Watched([program("ASIOSCOPE_ORDINARY_WATCHED")], self.scratch, **settings)
        self.addCleanup(watched.end)
        watched.said("^(done)$")
        return watched

    def plain_output(self):
        plain = subprocess.run([program("ASIOSCOPE_ORDINARY_PLAIN")], stdin=subprocess.DEVNULL, text=True,
                               capture_output=True, timeout=60, check=True)
        self.assertEqual(plain.stderr, "")
        self.assertIn("done\n", plain.stdout)
        return plain.stdout

    def end(self, watched):
        watched.process.stdin.close()
        self.assertEqual(watched.wait(), 0, watched.everything())

    def test_it_says_and_does_the_same(self):
        expected = self.plain_output()
        for settings in ({}, {"ASIOSCOPE_MODE": "trace"}, {"ASIOSCOPE_MODE": "off"}, {"ASIOSCOPE": "off"}):
            with self.subTest(settings):
                watched = self.start(**settings)
                self.end(watched)
                self.assertEqual("".join(watched.out), expected)

    def test_its_handlers_are_counted_exactly_under_their_functions(self):
        watched = self.start()
        scrape = watched.scrape()

        def runs(function):
            return scrape.sum("asio_handlers_total", site=f".*{function}.*")

        # A strand runs a handler through operations of its own, which are none of the program's handlers.
        self.assertEqual(runs("count_on_strand"), 1000)
        self.assertEqual(runs("run_on_two_threads"), 100)
        self.assertEqual(scrape.sum("asio_handlers_total", site="(.*::)?tick[( ].*"), 20)
        self.assertEqual(runs("wait_for_timers"), 2)
        self.assertEqual(runs("throw_out_of_run"), 2)
        self.assertEqual(scrape.sum("asio_handler_exceptions_total"), 1)
        self.assertEqual(scrape.sum("asio_handlers_unrun_total", site=".*leave_work_behind.*"), 10)
        self.assertEqual(runs("leave_work_behind"), 0)
        for function in ("echo_session::read", "echo_session::write", "echo_client::send", "echo_client::receive"):
            self.assertGreaterEqual(runs(function), 50, function)
        self.end(watched)

    def test_the_viewer_sees_the_same_handlers(self):
        watched = self.start()
        sites = watched.dump_model()["sites"]
        self.assertEqual(sum(site["runs"] for site in sites if "count_on_strand" in site["name"]), 1000)
        self.end(watched)

    def test_no_name_shows_the_inside_of_templates(self):
        watched = self.start()
        names = {labels["site"] for name, labels, _ in watched.scrape().samples if name == "asio_handlers_total"}
        self.assertGreater(len(names), 8)
        for name in names:
            self.assertNotIn("boost::asio::detail", name)
            self.assertLess(len(name), 120)


if __name__ == "__main__":
    unittest.main()
