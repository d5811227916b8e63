# SPDX-License-Identifier: BSL-1.0
"""A program on another machine, watched through ssh -L with its socket forwarded: the commands of docs/viewer.md against
a real ssh server."""
import json
import os
import pathlib
import pwd
import re
import shlex
import subprocess
import unittest

from support.programs import EndToEnd, Watched, program, wait_until
from support.prometheus_server import free_port

ROOT = pathlib.Path(__file__).resolve().parents[2]
SERVER = ROOT / "build/servers"
# As root, a server wants this folder, empty, and a user of its own to give its rights away to.
SERVER_FOLDER = pathlib.Path("/run/sshd")


def commands():
    """The forwarding and the watching, as the page says."""
    page = (ROOT / "docs/viewer.md").read_text()
    forward = re.search(r"^(ssh -L \S+ \S+)", page, re.MULTILINE)
    watch = re.search(r"^(asioscope-viewer localhost:\d+)", page, re.MULTILINE)
    return shlex.split(forward.group(1)), shlex.split(watch.group(1))


class Tunnel(EndToEnd):
    def key(self, name):
        path = self.scratch / name
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(path)], check=True, timeout=60,
                       stdin=subprocess.DEVNULL)
        return path

    def start_server(self):
        """An ssh server for this user alone. Returns its port and the user's key."""
        sshd = SERVER / "usr/sbin/sshd"
        self.assertTrue(os.access(sshd, os.X_OK), f"{sshd} is not there: run tests/tools/unpack.sh sshd build/servers")
        port, host_key, user_key = free_port(), self.key("host"), self.key("user")
        user = pwd.getpwuid(os.getuid()).pw_name
        users, groups, config = self.scratch / "passwd", self.scratch / "group", self.scratch / "sshd_config"
        users.write_text(f"{user}:x:{os.getuid()}:{os.getgid()}::{self.scratch}:/bin/sh\n"
                         "sshd:x:65534:65534::/nonexistent:/usr/sbin/nologin\n")
        groups.write_text(f"{user}:x:{os.getgid()}:\n")
        config.write_text(f"ListenAddress 127.0.0.1\nPort {port}\nHostKey {host_key}\nAuthorizedKeysFile {user_key}.pub\n"
                          "PasswordAuthentication no\nPermitRootLogin yes\nStrictModes no\nUsePAM no\nPidFile none\n")
        if os.geteuid() == 0 and not SERVER_FOLDER.exists():
            SERVER_FOLDER.mkdir(mode=0o755)
            self.addCleanup(SERVER_FOLDER.rmdir)
        environment = dict(os.environ, LD_LIBRARY_PATH=str(SERVER / "lib"), LD_PRELOAD=str(SERVER / "lib/libnss_wrapper.so"),
                           NSS_WRAPPER_PASSWD=str(users), NSS_WRAPPER_GROUP=str(groups))
        log = self.scratch / "sshd.log"
        with open(log, "wb") as file:
            server = subprocess.Popen([str(sshd), "-D", "-e", "-f", str(config)], env=environment,
                                      stdin=subprocess.DEVNULL, stdout=file, stderr=file)
        self.addCleanup(server.wait, timeout=20)
        self.addCleanup(server.terminate)
        wait_until(lambda: "Server listening" in log.read_text() or server.poll() is not None, "the ssh server")
        self.assertIsNone(server.poll(), log.read_text())
        return port, user_key

    def forward(self, server_port, user_key, socket):
        """Runs the page's ssh -L with the real socket and the test's server. Returns the local port."""
        (ssh, option, forwarded, _), port = commands()[0], free_port()
        self.assertEqual(option, "-L")
        self.assertRegex(forwarded, r"^\d+:/\S+\.sock$", "the page forwards a socket")
        tunnel = subprocess.Popen(
            [ssh, option, f"{port}:{socket}", "-F", "none", "-N", "-i", str(user_key), "-p", str(server_port),
             "-o", "BatchMode=yes", "-o", "StrictHostKeyChecking=no", "-o", "ExitOnForwardFailure=yes",
             "-o", f"UserKnownHostsFile={self.scratch}/known", "127.0.0.1"],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        self.addCleanup(tunnel.stderr.close)
        self.addCleanup(tunnel.wait, timeout=20)
        self.addCleanup(tunnel.terminate)
        return port

    def viewer(self, watched, *options):
        return subprocess.run([program("ASIOSCOPE_VIEWER"), *options], capture_output=True, text=True, timeout=60,
                              env=dict(os.environ, XDG_RUNTIME_DIR=str(watched.runtime_folder)))

    def start(self):
        watched = Watched([program("ASIOSCOPE_TEN_LINES_AUTOSTART")], self.scratch)
        self.addCleanup(watched.end)
        wait_until(lambda: self.viewer(watched, "--list").returncode == 0, "the program")
        (line,) = self.viewer(watched, "--list").stdout.splitlines()
        (socket,) = [word for word in line.split() if word.endswith(".sock")]
        return watched, socket

    def watch(self, watched, port):
        _, (name, address) = [*commands()]
        self.assertEqual(name, "asioscope-viewer")
        self.assertRegex(address, r"^localhost:\d+$")
        return self.viewer(watched, f"localhost:{port}", "--dump-model", "-", "--after", "0.5")

    def test_a_program_elsewhere_is_watched_through_its_forwarded_socket(self):
        watched, socket = self.start()
        port = self.forward(*self.start_server(), socket)
        found = wait_until(lambda: (shown := self.watch(watched, port)).returncode == 0 and shown,
                           "the program through the tunnel")
        model = json.loads(found.stdout)
        self.assertEqual(model["program"]["pid"], watched.process.pid)
        self.assertGreater(len(model["loops"]), 0)

    def test_a_tunnel_to_a_program_that_is_gone_says_so(self):
        watched, socket = self.start()
        port = self.forward(*self.start_server(), socket)
        wait_until(lambda: self.watch(watched, port).returncode == 0, "the program through the tunnel")
        watched.end()
        gone = self.watch(watched, port)
        self.assertEqual(gone.returncode, 1)
        self.assertRegex(gone.stderr, rf"localhost:{port}.*(ended|hung up)")


if __name__ == "__main__":
    unittest.main()
