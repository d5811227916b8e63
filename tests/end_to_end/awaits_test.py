# SPDX-License-Identifier: BSL-1.0
"""What a suspended task waits for, and where, in the viewer's model and upon a signal."""
import pathlib
import signal
import unittest

from support.programs import EndToEnd

ROOT = pathlib.Path(__file__).resolve().parents[2]


class Awaits(EndToEnd):
    def test_a_leaked_task_says_what_it_waits_for_and_in_which_line(self):
        shop = self.start_shop(ASIOSCOPE_DUMP_SIGNAL="USR1")
        self.assertEqual(shop.get("/sick/leak")[0], 200)

        (leaked,) = [task for task in shop.dump_model()["tasks_live"] if task["name"] == "leaked"]
        self.assertEqual(leaked["operation"], "async_wait")
        (step,) = leaked["awaits"]
        self.assertIn("wait_for_godot", step["function"])
        self.assertTrue(step["file"].endswith("examples/shop/routes/sick.cpp"), step)
        with open(ROOT / step["file"], encoding="utf-8") as source:
            self.assertIn("co_await", source.readlines()[step["line"] - 1])

        shop.process.send_signal(signal.SIGUSR1)
        self.assertEqual(int(shop.said(r"wait_for_godot at sick\.cpp:(\d+), waiting for async_wait, for ")), step["line"])
        shop.said(r"(leaked  \(task \d+, suspended, age )")
        self.assertEqual(shop.get("/items")[0], 200)


if __name__ == "__main__":
    unittest.main()
