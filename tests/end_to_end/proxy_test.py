# SPDX-License-Identifier: BSL-1.0
"""The metrics over TLS: nginx before the endpoint, with the configuration that docs/endpoint.md shows."""
import os
import pathlib
import re
import subprocess
import unittest

from support.programs import EndToEnd, Watched, program, wait_until
from support.prometheus_server import free_port

ROOT = pathlib.Path(__file__).resolve().parents[2]


def example():
    """The only block of nginx configuration on the page."""
    (block,) = re.findall(r"^```nginx\n(.*?)^```$", (ROOT / "docs/endpoint.md").read_text(), re.MULTILINE | re.DOTALL)
    return block


class Proxied(EndToEnd):
    def certificate(self):
        key, certificate = self.scratch / "server.key", self.scratch / "server.crt"
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                        "-days", "2", "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost",
                        "-keyout", str(key), "-out", str(certificate)], check=True, capture_output=True, timeout=60)
        return key, certificate

    def start_proxy(self, upstream):
        nginx = ROOT / "build/servers/usr/sbin/nginx"
        self.assertTrue(os.access(nginx, os.X_OK), f"{nginx} is not there: run tests/tools/unpack.sh nginx build/servers")
        key, certificate = self.certificate()
        port = free_port()
        site = example()
        for shown, here in [("9465", str(port)), ("127.0.0.1:9464", upstream), ("/etc/ssl/private/shop.key", str(key)),
                            ("/etc/ssl/certs/shop.crt", str(certificate)), ("shop.example.org", "localhost")]:
            self.assertIn(shown, site)
            site = site.replace(shown, here)
        folders = "".join(f"{kind}_temp_path {self.scratch / kind};\n"
                          for kind in ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"])
        config = self.scratch / "nginx.conf"
        config.write_text(f"daemon off;\n{'user root;' if os.geteuid() == 0 else ''}\npid {self.scratch}/nginx.pid;\n"
                          f"events {{}}\nhttp {{\naccess_log off;\n{folders}{site}}}\n")
        with open(self.scratch / "nginx.log", "wb") as log:
            proxy = subprocess.Popen([str(nginx), "-e", str(self.scratch / "nginx.log"), "-c", str(config)],
                                     stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        self.addCleanup(proxy.wait, timeout=20)
        self.addCleanup(proxy.terminate)
        return f"https://localhost:{port}", certificate

    def curl(self, *options):
        return subprocess.run(["curl", "--silent", "--show-error", "--fail", "--noproxy", "*", "--max-time", "20", *options],
                              capture_output=True, text=True, timeout=60)

    def test_the_example_serves_the_metrics_over_tls(self):
        token = self.scratch / "token"
        token.write_text("s3cret\n")
        watched = Watched([program("ASIOSCOPE_TEN_LINES_AUTOSTART")], self.scratch,
                          ASIOSCOPE_METRICS_TOKEN_FILE=str(token))
        self.addCleanup(watched.end)
        url, certificate = self.start_proxy(watched.metrics_url.removeprefix("http://").removesuffix("/metrics"))
        trusted = ("--cacert", str(certificate))
        bearing = (*trusted, "--header", "Authorization: Bearer s3cret")
        wait_until(lambda: self.curl(*bearing, f"{url}/metrics").returncode == 0, "the metrics over TLS")
        plain = self.curl(*bearing, f"{url}/metrics?name[]=asio_loop_threads", "--globoff")
        self.assertRegex(plain.stdout, r'(?m)^asio_loop_threads\{loop="[^"]+"\} 1$')
        packed = self.curl(*bearing, "--compressed", "--dump-header", "-", f"{url}/metrics")
        self.assertRegex(packed.stdout, r"(?im)^content-encoding: gzip\r?$")
        self.assertRegex(packed.stdout, r"(?m)^asio_build_info\{")
        self.assertEqual(self.curl(*trusted, f"{url}/livez").stdout, "ok\n")
        self.assertIn("401", self.curl(*trusted, f"{url}/metrics").stderr)
        self.assertIn("certificate", self.curl(f"{url}/metrics").stderr)


if __name__ == "__main__":
    unittest.main()
