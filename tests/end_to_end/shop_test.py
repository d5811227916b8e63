# SPDX-License-Identifier: BSL-1.0
"""The shop is a decent HTTP service, so that what asioscope shows of it means something."""
import socket
import time
import unittest

from support.programs import EndToEnd, wait_until


class Conversation(EndToEnd):
    def setUp(self):
        super().setUp()
        self.shop = self.start_shop("--idle", "2")

    def say(self, text):
        """All that the shop answers until it hangs up."""
        with socket.create_connection(("127.0.0.1", self.shop.port), timeout=20) as peer:
            peer.sendall(text)
            answer = b""
            while more := peer.recv(65536):
                answer += more
            return answer.decode()

    def test_an_order_is_placed_found_and_shipped(self):
        status, created = self.shop.get("/orders", "POST", b'{"item": 1, "quantity": 2}')
        self.assertEqual(status, 201)
        path = f"/orders/{created['id']}"
        self.assertEqual(self.shop.get(path)[1]["total_cents"], 69_800)
        wait_until(lambda: self.shop.get(path)[1]["state"] == "shipped", "the background job has shipped it")

    def test_what_cannot_be_ordered_is_refused(self):
        for body, status in ((b"", 400), (b"[", 400), (b"[1]", 400), (b'{"item": 1}', 400),
                             (b'{"item": 1, "quantity": 0}', 400), (b'{"item": 1, "quantity": 1.5}', 400),
                             (b'{"item": 13, "quantity": 1}', 422), (b"[" * 5000, 400)):
            with self.subTest(body[:40]):
                self.assertEqual(self.shop.get("/orders", "POST", body)[0], status)

    def test_what_is_not_there_is_not_found(self):
        for path in ("/nothing", "/orders/0", "/orders/x", "/orders/", "/orders/1/2", "//", "/items/"):
            self.assertEqual(self.shop.get(path)[0], 404, path)

    def test_the_report_adds_up_all_orders(self):
        status, report = self.shop.get("/report")
        self.assertEqual((status, report["orders"]), (200, 50_000))
        self.assertEqual(len(report["revenue_cents"]), 12)

    def test_the_index_lists_the_routes(self):
        routes = self.shop.get("/")[1]["routes"]
        self.assertIn("GET /orders/ID", routes)
        for route in routes:
            method, path = route.split(" ")
            self.assertNotEqual(self.shop.get(path, method)[0], 404 if "ID" not in path else None, route)

    def test_a_wrong_method_is_told_the_right_one(self):
        self.assertEqual(self.shop.get("/items", "DELETE")[0], 405)
        self.assertIn("Allow: POST", self.say(b"GET /orders HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"))

    def test_head_has_the_header_of_get_and_no_body(self):
        request = " /items HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
        got, headed = self.say(b"GET" + request.encode()), self.say(b"HEAD" + request.encode())
        self.assertEqual(headed, got.split("\r\n\r\n")[0] + "\r\n\r\n")

    def test_pipelined_requests_are_answered_in_order(self):
        one = "GET /orders/{} HTTP/1.1\r\nHost: a\r\n\r\n"
        answer = self.say("".join(one.format(i) for i in range(1, 21)).encode()
                          + b"GET /nothing HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        ids = [part.split(",")[0] for part in answer.split('{"id":')[1:]]
        self.assertEqual(ids, [str(i) for i in range(1, 21)])
        self.assertEqual(answer.count("HTTP/1.1 200 OK"), 20)
        self.assertEqual(answer.count("HTTP/1.1 404 Not Found"), 1)

    def test_what_is_too_large_or_no_http_is_refused_with_a_reason(self):
        self.assertIn(" 413 ", self.say(b"POST /orders HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n"
                                        + b"x" * 100_000))
        self.assertIn(" 431 ", self.say(b"GET / HTTP/1.1\r\nX: " + b"x" * 20_000 + b"\r\n\r\n"))
        self.assertIn(" 400 ", self.say(b"this is rubbish\r\n\r\n"))
        self.assertEqual(self.shop.get("/items")[0], 200)

    def test_who_says_nothing_is_hung_up_on(self):
        begin = time.monotonic()
        self.assertEqual(self.say(b""), "")
        self.assertEqual(self.say(b"GET / HT"), "")
        self.assertGreater(time.monotonic() - begin, 3.5)


if __name__ == "__main__":
    unittest.main()
