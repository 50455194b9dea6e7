# SPDX-License-Identifier: Apache-2.0
"""A server on a folder of its own, what it uses of the machine, and the load generator."""

import base64
import http.client
import json
import os
import pathlib
import signal
import subprocess
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
READY_SECONDS_MAX = 120


class Failed(Exception):
    """A part of the benchmark could not be measured."""


def resident_bytes(pid):
    with open(f"/proc/{pid}/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def tree_bytes(folder):
    """Bytes that the files below a folder take on the disk."""
    total = 0
    for base, _, names in os.walk(folder):
        total += sum(os.lstat(os.path.join(base, name)).st_blocks * 512 for name in names)
    return total


class Server:
    """`furrow server` on 127.0.0.1; always stop it."""

    def __init__(self, binary, folder):
        self.binary = str(binary)
        self.folder = str(folder)
        self.data = os.path.join(self.folder, "data")
        self.ports = {}
        self.token = ""
        self._process = None

    @property
    def pid(self):
        return self._process.pid

    def start(self):
        """Returns the seconds from exec to the first 200 of /ready."""
        os.makedirs(self.data, exist_ok=True)
        named = os.path.join(self.data, "server.json")
        if os.path.exists(named):
            os.unlink(named)
        command = [self.binary, "server", "--data", self.data, "--log-level", "warn"]
        for name in ("api", "files", "web"):
            command += [f"--{name}-port", str(self.ports.get(name, 0))]
        began = time.monotonic()
        with open(os.path.join(self.folder, "server.log"), "ab") as log:
            self._process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True)
        while True:
            if self._process.poll() is not None:
                raise Failed(f"the server ended with {self._process.returncode}: {self.log_tail()}")
            if time.monotonic() - began > READY_SECONDS_MAX:
                raise Failed("the server was not ready in time")
            if not self.ports:
                self._read_ports(named)
            if self.ports and self._ready():
                took = time.monotonic() - began
                break
            time.sleep(0.002)
        if not self.token:
            self._log_in()
        return took

    def _read_ports(self, named):
        try:
            with open(named) as file:
                said = json.load(file)
        except (OSError, ValueError):
            return
        if said.get("pid") == self._process.pid:
            self.ports = {n: int(said[n].rstrip("/").rsplit(":", 1)[1])
                          for n in ("api", "files", "web")}

    def _ready(self):
        try:
            asked = http.client.HTTPConnection("127.0.0.1", self.ports["api"], timeout=5)
            asked.request("GET", "/ready")
            return asked.getresponse().status == 200
        except OSError:
            return False

    def _log_in(self):
        with open(os.path.join(self.data, "bootstrap.json")) as file:
            keys = json.load(file)["credentials"]
        basic = base64.b64encode(f"{keys['access_key']}:{keys['secret_key']}".encode()).decode()
        asked = http.client.HTTPConnection("127.0.0.1", self.ports["api"], timeout=30)
        asked.request("POST", "/auth.login", headers={"Authorization": f"Basic {basic}"})
        self.token = json.load(asked.getresponse())["data"]["token"]

    def call(self, endpoint, **body):
        """The `data` of one call."""
        asked = http.client.HTTPConnection("127.0.0.1", self.ports["api"], timeout=60)
        asked.request("POST", "/v2.30/" + endpoint, json.dumps(body),
                      {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"})
        answer = json.load(asked.getresponse())
        asked.close()
        if answer["meta"]["result_code"] != 200:
            raise Failed(f"{endpoint}: {answer['meta']['result_msg']}")
        return answer["data"]

    def stop(self):
        """A clean stop; returns its seconds."""
        if self._process is None:
            return 0.0
        began = time.monotonic()
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
            try:
                self._process.wait(120)
            except subprocess.TimeoutExpired:
                self.kill()
        self._process = None
        return time.monotonic() - began

    def kill(self):
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def log_tail(self):
        try:
            with open(os.path.join(self.folder, "server.log"), errors="replace") as file:
                return " / ".join(file.read().splitlines()[-3:])
        except OSError:
            return ""


class Loadgen:
    """Runs furrow-loadgen against a server."""

    def __init__(self, binary, server):
        self.binary = str(binary)
        self.server = server

    def start(self, command, *options, port="api"):
        environment = {**os.environ, "FURROW_TOKEN": self.server.token}
        arguments = [self.binary, command, "--port", str(self.server.ports[port]),
                     "--pid", str(self.server.pid), *(str(o) for o in options)]
        return subprocess.Popen(arguments, env=environment, stdin=subprocess.DEVNULL,
                                stdout=subprocess.PIPE, text=True)

    def finish(self, process, timeout=900):
        try:
            text, _ = process.communicate(timeout=timeout)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
            raise Failed("the load generator took too long")
        try:
            said = json.loads(text)
        except ValueError:
            raise Failed(f"the load generator ended with {process.returncode}: {text[-300:]}")
        for one in said if isinstance(said, list) else [said]:
            if one["problem"]:
                raise Failed(one["problem"])
        return said

    def run(self, command, *options, port="api", timeout=900):
        return self.finish(self.start(command, *options, port=port), timeout)
