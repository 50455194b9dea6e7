# SPDX-License-Identifier: Apache-2.0
"""A real `furrow server` on a data directory of its own, for the length of one suite."""

import json
import os
import signal
import subprocess
import time
import urllib.request

from . import recorder


class ServerFailed(Exception):
    """The server did not start, or ended by itself."""


class Server:
    """Starts on construction-time arguments only when `start` is called; always `stop` it."""

    def __init__(self, binary, folder):
        self.binary = binary
        self.folder = folder
        self.data = os.path.join(folder, "data")
        self.log_path = os.path.join(folder, "server.log")
        self.urls = {}
        self.access_key = ""
        self.secret_key = ""
        self._process = None
        self._recorder = None
        self._ports = {"api": "0", "files": "0", "web": "0"}

    def listen_at(self, **ports):
        """api=, files=, web=: the ports from the next start on."""
        self._ports.update({name: str(port) for name, port in ports.items()})

    def start(self, timeout=30):
        """Runs until all three ports are named and the API answers. A second start reuses the
        ports, because the URLs of files are stored absolute."""
        os.makedirs(self.data, exist_ok=True)
        named = os.path.join(self.data, "server.json")
        if os.path.exists(named):
            os.unlink(named)
        command = [self.binary, "server", "--data", self.data]
        for port, number in self._ports.items():
            command += [f"--{port}-port", number]
        log = open(self.log_path, "ab")
        self._process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
        )
        log.close()
        deadline = time.monotonic() + timeout
        while time.monotonic() < deadline:
            if self._process.poll() is not None:
                raise ServerFailed(f"exit code {self._process.returncode} at start")
            if self._read_names(named) and self._answers():
                if recorder.PATH:
                    self._recorder = self._recorder or recorder.Proxy(self.urls)
                    self.urls["api"] = self._recorder.url
                return
            time.sleep(0.05)
        self.stop()
        raise ServerFailed(f"not ready in {timeout} s")

    def _read_names(self, path):
        try:
            with open(path) as file:
                names = json.load(file)
            # Of a restored directory the keys are those of the server that was backed up.
            if not self.access_key:
                with open(os.path.join(self.data, "bootstrap.json")) as file:
                    first = json.load(file)["credentials"]
                self.access_key, self.secret_key = first["access_key"], first["secret_key"]
        except (OSError, ValueError):
            return False
        if names.get("pid") not in (None, self._process.pid):
            return False
        self.urls = {port: names[port].rstrip("/") for port in ("api", "files", "web")}
        self._ports = {port: url.rsplit(":", 1)[1] for port, url in self.urls.items()}
        return True

    def _answers(self):
        try:
            opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
            with opener.open(f"{self.urls['api']}/debug.ping", timeout=2) as answer:
                return answer.status == 200
        except OSError:
            return False

    def alive(self):
        return self._process is not None and self._process.poll() is None

    def pid(self):
        return self._process.pid

    def stop(self, timeout=20):
        """SIGTERM, then SIGKILL; the exit code, negative for a signal."""
        if self._process is None:
            return None
        if self.alive():
            self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(timeout)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        code, self._process = self._process.returncode, None
        return code

    def kill(self):
        """SIGKILL, as a crash would."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def log_tail(self, lines=15):
        try:
            with open(self.log_path, errors="replace") as file:
                return file.read().splitlines()[-lines:]
        except OSError:
            return []
