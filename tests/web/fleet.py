# SPDX-License-Identifier: Apache-2.0
"""A server with people, and tractors that do as they are told, over the real API."""

import base64
import http.client
import json
import math
import os
import pathlib
import signal
import subprocess
import time
import urllib.parse

from ed25519 import Key

ROOT = pathlib.Path(__file__).resolve().parents[2]
BINARY = os.environ.get("FURROW_BIN", str(ROOT / "build/release/bin/furrow"))


class CallFailed(Exception):
    pass


def ask(base, method, path, headers=None, body=None):
    parts = urllib.parse.urlsplit(base)
    connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=30)
    try:
        connection.request(method, path, body=body, headers=headers or {})
        answer = connection.getresponse()
        return answer.status, dict(answer.getheaders()), answer.read()
    finally:
        connection.close()


def call(base, name, body, token=None, basic=None):
    headers = {"Content-Type": "application/json"}
    if token:
        headers["Authorization"] = "Bearer " + token
    if basic:
        headers["Authorization"] = "Basic " + base64.b64encode(basic.encode()).decode()
    status, _, raw = ask(base, "POST", "/" + name, headers, json.dumps(body))
    answer = json.loads(raw)
    if status != 200:
        raise CallFailed(f"{name}: {answer['meta']['result_msg']} ({status})")
    return answer["data"]


class Server:
    """`furrow server` on free ports, with the users jane (may act) and otto (may look)."""

    PEOPLE = {"jane": "admin", "otto": "guest"}

    def __init__(self, folder):
        self.folder, self.data = folder, os.path.join(folder, "data")
        self.process, self.urls, self.port = None, {}, "0"
        os.makedirs(self.data)
        for name, role in self.PEOPLE.items():
            subprocess.run([BINARY, "user", "add", name, "--role", role, "--data", self.data,
                            "--password", self.password(name)], check=True,
                           stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)

    @staticmethod
    def password(name):
        return f"a long password of {name}"

    def start(self):
        named = os.path.join(self.data, "server.json")
        command = [BINARY, "server", "--data", self.data, "--log-level", "info", "--api-port", "0",
                   "--files-port", "0", "--web-port", self.port]
        with open(os.path.join(self.folder, "server.log"), "ab") as log:
            self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log,
                                            stderr=log, start_new_session=True)
        deadline = time.monotonic() + 60
        while True:
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError("the server does not start; see server.log")
            try:
                with open(named) as file:
                    bound = json.load(file)
                if bound["pid"] == self.process.pid:
                    break
            except (OSError, ValueError):
                pass
            time.sleep(0.05)
        self.urls = {port: bound[port] for port in ("api", "files", "web")}
        self.port = str(urllib.parse.urlsplit(self.urls["web"]).port)
        self.token = self.login("jane")

    def stop(self):
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(30)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()

    def login(self, name):
        return call(self.urls["api"], "auth.login", {},
                    basic=f"{name}:{self.password(name)}")["token"]

    def call(self, name, body):
        return call(self.urls["api"], name, body, self.token)

    def upload(self, path, data):
        """Puts a file on the file server, as the SDK does."""
        edge = "furrow-test-boundary"
        body = (f'--{edge}\r\nContent-Disposition: form-data; name="{path}"; '
                f'filename="{path}"\r\nContent-Type: application/octet-stream\r\n\r\n').encode()
        body += data + f"\r\n--{edge}--\r\n".encode()
        status, _, raw = ask(self.urls["files"], "POST", "/", {
            "Authorization": "Bearer " + self.token,
            "Content-Type": f"multipart/form-data; boundary={edge}"}, body)
        if status != 200:
            raise CallFailed(f"upload of {path}: {status} {raw[:200]}")


class Tractor:
    """Enrolled and signed in. `say` is a heartbeat, `spray` a report of ground sprayed."""

    BOOM_M, NOZZLE_M = 3.0, 0.25

    def __init__(self, server, name, keys, field=None):
        self.server, self.name = server, name
        about = {"boom": {"nozzles": 12, "width_m": self.BOOM_M}, "boom_sha256": "",
                 "runtime": "0.1.0", "architecture": "x86_64"}
        if field:
            about["field"] = field
        key = Key(keys)
        token = server.call("fleet.create_token", {"tractor": name})["token"]
        call(server.urls["api"], "fleet.enroll", {
            "token": token, "tractor": name, "public_key": key.public.hex(), "about": about})
        nonce = call(server.urls["api"], "fleet.challenge", {"tractor": name})["nonce"]
        signature = key.sign(f"furrow sign-in\n{name}\n{nonce}".encode()).hex()
        self.token = call(server.urls["api"], "fleet.sign_in", {
            "tractor": name, "nonce": nonce, "signature": signature})["token"]
        self.next = 0
        self.state = {
            "position": {"x_m": 0.0, "y_m": 0.0, "heading_rad": 0.0}, "speed_mps": 0.0,
            "spraying": False, "bundle": {"id": "", "version": 0},
            "slack_ms": {"p50": 61.5, "p1": 14.2}, "frames": 1000, "dropped": 0, "missed": 0,
            "alarms": 0, "hit_share": 0.982, "spool": {"records": 0, "bytes": 0},
            "edge": "running"}
        self.last = None

    def say(self, progress=None, **changes):
        self.state.update(changes)
        self.state["frames"] += 200
        body = {"state": self.state}
        if progress:
            body["progress"] = progress
        return call(self.server.urls["api"], "fleet.heartbeat", body, self.token)

    def at(self, x, y, heading=0.0):
        return {"x_m": x, "y_m": y, "heading_rad": heading}

    def spray(self, path, windows):
        """`path` [[x, y]], `windows` [[nozzle, x_open, y_open, x_close, y_close]], metres."""
        record = {"at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()), "path": path,
                  "windows": windows}
        answer = call(self.server.urls["api"], "fleet.report", {
            "stream": "sprays", "from": self.next, "records": [record]}, self.token)
        self.next = answer["next"]

    def drive(self, swath, length, origin=(0.0, 0.0), weeds=lambda x, y: False, step=2.0):
        """One swath of a field driven to and fro: a spray record for each 20 m."""
        heading = 0.0 if swath % 2 == 0 else math.pi
        along = 1 if swath % 2 == 0 else -1
        y = origin[1] + swath * self.BOOM_M
        steps = int(length / step)
        path, windows = [], []
        for i in range(steps + 1):
            x = origin[0] + (i if along > 0 else steps - i) * step
            path.append([x, y])
            for nozzle in range(12):
                ny = y + (nozzle - 5.5) * self.NOZZLE_M
                if weeds(x, ny):
                    windows.append([nozzle, x, ny, x + along * step / 2, ny])
            if len(path) >= 10 or i == steps:
                self.spray(path, windows[:200])
                path, windows = path[-1:], []
        self.last = self.at(x, y, heading)
        return self.last
