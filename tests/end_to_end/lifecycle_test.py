# SPDX-License-Identifier: BSL-1.0
"""The shop starts at once, ends at once, and leaves nothing behind."""
import pathlib
import signal
import socket
import subprocess
import threading
import unittest

from support.programs import EndToEnd, program, wait_until


class Lifecycle(EndToEnd):
    def leavings(self, shop):
        return ([str(path) for path in shop.temporary_folder.rglob("*")]
                + [str(path) for path in shop.runtime_folder.rglob("*") if not path.is_dir()])

    def test_both_signals_end_it_cleanly(self):
        for number in (signal.SIGINT, signal.SIGTERM):
            with self.subTest(number):
                shop = self.start_shop()
                shop.get("/items")
                wait_until(shop.sockets, "a socket for viewers")
                self.assertTrue(any(shop.temporary_folder.rglob("shop.db")))
                self.assertEqual(shop.stop(number), 0, shop.everything())
                self.assertEqual(self.leavings(shop), [])

    def test_it_ends_cleanly_with_idle_connections_leaked_tasks_and_under_load(self):
        shop = self.start_shop()
        shop.get("/sick/leak")
        with socket.create_connection(("127.0.0.1", shop.port)):
            loading = subprocess.Popen([program("ASIOSCOPE_LOAD"), "--url", shop.url, "--rate", "500",
                                        "--duration", "30"], stdout=subprocess.DEVNULL)
            self.addCleanup(loading.wait)
            self.addCleanup(loading.kill)
            wait_until(lambda: shop.scrape().requests() > 100, "the load")
            self.assertEqual(shop.stop(), 0, shop.everything())
        self.assertEqual(self.leavings(shop), [])

    def test_a_request_being_answered_is_answered_before_the_end(self):
        shop = self.start_shop()
        answers = []
        asking = threading.Thread(target=lambda: answers.append(shop.get("/sick/block?ms=1000")))
        asking.start()
        shop.said("(compute_discounts)")
        self.assertEqual(shop.stop(), 0, shop.everything())
        asking.join()
        self.assertEqual([status for status, _ in answers], [200])

    def test_its_port_and_that_of_the_metrics_can_be_had_again_at_once(self):
        shop = self.start_shop()
        shop.get("/items")
        port, metrics = shop.port, shop.metrics_url
        self.assertEqual(shop.stop(), 0)
        again = self.start_shop(port=port)
        self.assertEqual(again.get("/items")[0], 200)
        self.assertEqual(again.stop(), 0)
        address = metrics.removeprefix("http://").removesuffix("/metrics")
        third = self.start_shop(port=port, ASIOSCOPE_METRICS=address)
        self.assertEqual(third.metrics_url, metrics)

    def test_after_a_crash_too(self):
        shop = self.start_shop()
        shop.get("/items")
        shop.stop(signal.SIGKILL)
        again = self.start_shop(port=shop.port)
        self.assertEqual(again.get("/items")[0], 200)
        again.dump_model()  # the dead one's socket is not in the way

    def test_a_port_that_is_taken_is_one_sentence(self):
        shop = self.start_shop()
        second = subprocess.run([program("ASIOSCOPE_SHOP"), "--port", str(shop.port)], timeout=20, text=True,
                                capture_output=True, env={"ASIOSCOPE": "off", "TMPDIR": str(self.scratch)})
        self.assertEqual(second.returncode, 1)
        self.assertEqual(second.stderr, f"asioscope-shop: cannot listen on 127.0.0.1:{shop.port}: "
                                        "Address already in use\n")

    def test_no_child_of_the_shop_would_inherit_a_socket(self):
        shop = self.start_shop()
        with socket.create_connection(("127.0.0.1", shop.port)) as peer:
            peer.sendall(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            self.assertTrue(peer.recv(1000))
            found = 0
            for link in pathlib.Path(f"/proc/{shop.process.pid}/fd").iterdir():
                if not str(link.readlink()).startswith("socket:"):
                    continue
                info = pathlib.Path(f"/proc/{shop.process.pid}/fdinfo/{link.name}").read_text()
                flags = int(next(line for line in info.splitlines() if line.startswith("flags:")).split()[1], 8)
                self.assertTrue(flags & 0o2000000, f"descriptor {link.name} is not close-on-exec:\n{info}")
                found += 1
            self.assertGreaterEqual(found, 4)  # its own listener and connection, the metrics', the viewers'

    def test_a_database_of_the_users_own_stays_and_is_found_again(self):
        file = self.scratch / "mine.sqlite"
        shop = self.start_shop("--database", str(file))
        _, created = shop.get("/orders", "POST", b'{"item": 2, "quantity": 3}')
        self.assertEqual(shop.stop(), 0)
        again = self.start_shop("--database", str(file))
        self.assertEqual(again.get(f"/orders/{created['id']}")[1]["item"], "multimeter")

    def test_off_means_no_thread_and_no_socket_of_ours(self):
        shop = self.start_shop(ASIOSCOPE="off")
        self.assertEqual(shop.get("/items")[0], 200)
        names = [path.read_text().strip() for path in
                 pathlib.Path(f"/proc/{shop.process.pid}/task").glob("*/comm")]
        self.assertEqual([name for name in names if name.startswith("asioscope-") and name != "asioscope-shop"], [])
        self.assertEqual(shop.sockets(), [])
        self.assertNotIn("/metrics", shop.everything())
        self.assertEqual(shop.stop(), 0)


if __name__ == "__main__":
    unittest.main()
