#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What `./x up` does around the server: says how to reach it, and stops it cleanly."""
import json
import os
import select
import signal
import stat
import subprocess
import sys
import tempfile
import textwrap
import unittest
from pathlib import Path

UP = Path(__file__).resolve().parents[2] / "tools/x/up.py"

# Keeps the contract of server.json and bootstrap.json, and tells which signals it got.
SERVER = textwrap.dedent("""\
    #!/usr/bin/env python3
    import json, os, pathlib, signal, sys
    data = pathlib.Path(sys.argv[3])
    if "--port-taken" in sys.argv:
        sys.exit(3)
    def stop(number, frame):
        (data / "stopped").open("a").write(f"{number}\\n")
        raise SystemExit(0)
    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    (data / "arguments").write_text(" ".join(sys.argv[1:]))
    print("export CLEARML_API_HOST=http://127.0.0.1:1", flush=True)
    if "--second-start" not in sys.argv:
        (data / "bootstrap.json").write_text(json.dumps({
            "admin": {"name": "admin", "password": "p{w"},
            "credentials": {"access_key": "KEY", "secret_key": "S}E"}, "urls": {}}))
    (data / "server.json").write_text(json.dumps({
        "pid": os.getpid(), "api": "http://127.0.0.1:1/", "files": "http://127.0.0.1:2",
        "web": "http://127.0.0.1:3"}))
    while True:
        signal.pause()
    """)


class Up(unittest.TestCase):
    def setUp(self):
        scratch = tempfile.TemporaryDirectory()
        self.addCleanup(scratch.cleanup)
        self.data = Path(scratch.name, "data")
        self.data.mkdir()
        self.program = Path(scratch.name, "server")
        self.program.write_text(SERVER)
        self.program.chmod(0o755)

    def start(self, *options):
        return subprocess.Popen([sys.executable, UP, self.program, self.data, *options],
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                                start_new_session=True)

    def started(self, *options):
        up, lines = self.start(*options), []
        for line in up.stdout:
            lines.append(line.strip())
            if line.startswith("Ctrl-C"):
                break
        return up, lines

    def finish(self, up):
        up.stdout.close()
        up.stderr.close()
        return up.wait(timeout=30)

    def test_says_how_to_reach_it(self):
        up, lines = self.started("--api-port", "0")
        for line in ("export CLEARML_API_HOST=http://127.0.0.1:1",
                     "export CLEARML_FILES_HOST=http://127.0.0.1:2",
                     "export CLEARML_WEB_HOST=http://127.0.0.1:3",
                     "export CLEARML_API_ACCESS_KEY=KEY", "export CLEARML_API_SECRET_KEY=S}E"):
            self.assertIn(line, lines)
        self.assertEqual(["password p{w"], [line for line in lines if "p{w" in line])
        self.assertEqual(len(lines), len(set(lines) - {""}) + lines.count(""))
        conf = self.data / "clearml.conf"
        self.assertEqual(stat.S_IMODE(conf.stat().st_mode), 0o600)
        self.assertIn('"secret_key" = "S}E"', conf.read_text())
        self.assertEqual((self.data / "arguments").read_text(),
                         f"server --data {self.data} --api-port 0")
        up.terminate()
        self.assertEqual(self.finish(up), 0)

    def test_interrupt_reaches_the_server_once(self):
        up, _ = self.started()
        os.killpg(up.pid, signal.SIGINT)
        self.assertEqual(self.finish(up), 0)
        self.assertEqual((self.data / "stopped").read_text(), f"{signal.SIGTERM.value}\n")

    def test_the_server_does_not_outlive_it(self):
        up, _ = self.started()
        server = json.loads((self.data / "server.json").read_text())["pid"]
        watch = os.pidfd_open(server)
        up.kill()
        self.finish(up)
        self.assertTrue(select.select([watch], [], [], 30)[0], "the server still runs")
        os.close(watch)

    def test_stale_file_of_an_earlier_start_is_not_believed(self):
        (self.data / "server.json").write_text('{"pid": 1, "api": "http://stale"}')
        up, lines = self.started()
        self.assertNotIn("stale", "\n".join(lines))
        up.terminate()
        self.finish(up)

    def test_the_password_is_shown_once(self):
        up, _ = self.started()
        up.terminate()
        self.finish(up)
        up, lines = self.started()
        self.assertNotIn("p{w", "\n".join(lines))
        self.assertIn("export CLEARML_API_ACCESS_KEY=KEY", lines)
        up.terminate()
        self.finish(up)

    def test_without_first_credentials(self):
        up, lines = self.started("--second-start")
        self.assertIn("furrow user add --help", "\n".join(lines))
        self.assertFalse((self.data / "clearml.conf").exists())
        up.terminate()
        self.finish(up)

    def test_a_server_that_does_not_start(self):
        up = self.start("--port-taken")
        self.assertEqual(self.finish(up), 3)


if __name__ == "__main__":
    unittest.main()
