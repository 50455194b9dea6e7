# SPDX-License-Identifier: Apache-2.0
"""A server under attack: started with one user of every role, and ways to ask it anything."""

import base64
import http.client
import json
import os
import pathlib
import signal
import socket
import subprocess
import sys
import time
import urllib.parse

import sanitizer

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "fleet"))
import wire  # noqa: E402

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
ROLES = ("system", "root", "admin", "superuser", "user", "annotator", "guest")
DEVICE = "hostile-tractor"  # enrolled by `start`; its token is that of the role "device"
CALLERS = ROLES + ("device",)
PORTS = ("api", "files", "web")


class Answer:
    """One HTTP answer; `json` is None when the body is none."""

    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body
        try:
            self.json = json.loads(body)
        except ValueError:
            self.json = None

    @property
    def data(self):
        return (self.json or {}).get("data") if isinstance(self.json, dict) else None

    @property
    def code(self):
        """(result code, subcode) of the envelope; (status, None) without one."""
        meta = self.json.get("meta", {}) if isinstance(self.json, dict) else {}
        return meta.get("result_code", self.status), meta.get("result_subcode")

    def header(self, name):
        return next((v for k, v in self.headers if k.lower() == name.lower()), "")

    def __repr__(self):
        return f"{self.status} {self.body[:160]!r}"


class Report:
    """Counts checks; prints those that failed, and one line for each part."""

    def __init__(self):
        self.passed = self.failed = 0
        self._part, self._began, self._before = "", 0.0, (0, 0)

    def part(self, name):
        self.end_part()
        self._part, self._began, self._before = name, time.monotonic(), (self.passed, self.failed)

    def end_part(self):
        if self._part:
            passed, failed = self.passed - self._before[0], self.failed - self._before[1]
            seconds = time.monotonic() - self._began
            print(f"{self._part:12} {passed} held, {failed} did not, {seconds:.1f} s", flush=True)
        self._part = ""

    def ok(self, what, condition, detail=""):
        if condition:
            self.passed += 1
        else:
            self.failed += 1
            if self.failed <= 200:
                print(f"  NOT SO [{self._part}] {what}: {detail!s:.300}", flush=True)
        return bool(condition)

    def same(self, what, got, want):
        return self.ok(what, got == want, f"got {got!r}, expected {want!r}")


class World:
    """`start` it, `stop` it. Users are named after their roles; so are their key pairs."""

    def __init__(self, binary, folder, settings=()):
        self.binary, self.folder = os.path.abspath(binary), folder
        self.data = os.path.join(folder, "data")
        self.log = os.path.join(folder, "server.log")
        self.settings = list(settings)
        self.urls, self.tokens, self.users = {}, {}, {}
        self.process = None
        self._open = {}
        self.guard = sanitizer.guard_of(self.binary)
        self.memory_max = self.guard.memory_max
        self.seconds_max = self.guard.seconds_max

    # -- the process ---------------------------------------------------------------------------

    def command(self, *arguments, check=False):
        """The program beside the server, with what the sanitizers need."""
        return subprocess.run([self.binary, *arguments], capture_output=True, text=True,
                              timeout=6 * self.seconds_max, check=check, stdin=subprocess.DEVNULL,
                              env=self.guard.environment())

    def add_user(self, name, role, password=None, key=None, secret=None):
        command = ["user", "add", name, "--role", role, "--data", self.data, "--json"]
        if password:
            command += ["--password", password]
        if key:
            command += ["--access-key", key, "--secret-key", secret]
        made = self.command(*command)
        if made.returncode:
            raise RuntimeError(f"user add {name}: {made.stderr}")
        return json.loads(made.stdout)

    def admin(self, what, name):
        """furrow user WHAT NAME, beside the running server."""
        self.command("user", what, name, "--data", self.data, check=True)

    def start(self, users=True, level="info", cwd=None, **environment):
        os.makedirs(self.data, exist_ok=True)
        if users and not self.users:
            for role in ROLES:
                self.add_user(f"the-{role}", role, key=f"KEY{role}", secret=f"secret-of-{role}")
        named = os.path.join(self.data, "server.json")
        if os.path.exists(named):
            os.unlink(named)
        command = [self.binary, "server", "--data", self.data, "--log-level", level]
        for port in PORTS:
            command += [f"--{port}-port", "0"]
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(command + self.settings, stdin=subprocess.DEVNULL,
                                            stdout=log, stderr=log, start_new_session=True,
                                            cwd=cwd, env=self.guard.environment(**environment))
        deadline = time.monotonic() + 3 * self.seconds_max
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                raise RuntimeError(f"the server ended at start: {self.process.returncode}")
            try:
                with open(named) as file:
                    names = json.load(file)
                self.urls = {port: names[port].rstrip("/") for port in PORTS}
                if self.ask("api", "GET", "/ready").status == 200:
                    break
            except (OSError, ValueError, http.client.HTTPException):
                time.sleep(0.02)
        else:
            raise RuntimeError("the server does not get ready")
        if users:
            for role in ROLES:
                self.tokens[role] = self.login(f"KEY{role}", f"secret-of-{role}")
                me = self.api("users.get_current_user", {}, self.tokens[role]).data["user"]
                self.users[role] = me["id"]
            self.enrol()

    def enrol(self):
        """A tractor, the key that bundles are signed with, and a bundle to release."""
        known = {k["name"] for k in self.call("fleet.get_keys")["keys"]}
        if "hostile" not in known:
            signing = wire.Key(self.folder, "signing")
            self.call("fleet.add_key", {"name": "hostile", "public_key": signing.public.hex()})
            made, _ = wire.bundle(signing, 1)
            self.upload("bundles/hostile.bundle", made, self.tokens["admin"])
        self.device_key = wire.Key(self.folder, DEVICE)
        token = self.call("fleet.create_token", {"tractor": DEVICE})["token"]
        self.api("fleet.enroll", {"token": token, "tractor": DEVICE,
                                  "public_key": self.device_key.public.hex()})
        self.tokens["device"] = self.sign_in(DEVICE, self.device_key)

    def sign_in(self, name, key):
        nonce = self.api("fleet.challenge", {"tractor": name}).data["nonce"]
        text = f"furrow sign-in\n{name}\n{nonce}".encode()
        answer = self.api("fleet.sign_in", {"tractor": name, "nonce": nonce,
                                            "signature": key.sign(text).hex()})
        if answer.status != 200:
            raise AssertionError(f"sign-in of {name}: {answer!r}")
        return answer.data["token"]

    def alive(self):
        return self.process is not None and self.process.poll() is None

    def stop(self):
        """The exit code of a SIGTERM; SIGKILL when it does not end."""
        for connection in self._open.values():
            connection.close()
        self._open = {}
        if self.process is None:
            return None
        if self.alive():
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(2 * self.seconds_max)
            except subprocess.TimeoutExpired:
                self.process.kill()
        code, self.process = self.process.wait(), None
        return code

    def memory(self, field="VmRSS"):
        """Bytes of the server: VmRSS now, VmHWM at its highest since `forget_peak`."""
        with open(f"/proc/{self.process.pid}/status") as file:
            for line in file:
                if line.startswith(field + ":"):
                    return int(line.split()[1]) * 1024
        return 0

    def growth(self, baseline):
        """How far memory rose above `baseline` since `forget_peak`; compare with `memory_max`."""
        return max(self.memory("VmHWM"), self.memory()) - baseline

    def forget_peak(self):
        """False where this process may not."""
        try:
            with open(f"/proc/{self.process.pid}/clear_refs", "w") as file:
                file.write("5")
            return True
        except OSError:
            return False

    # -- asking --------------------------------------------------------------------------------

    def address(self, port):
        parts = urllib.parse.urlsplit(self.urls[port])
        return parts.hostname, parts.port

    def ask(self, port, method, path, headers=None, body=None, timeout=60):
        """One request over a kept connection; the path goes out as it is given."""
        for attempt in (0, 1):
            connection = self._open.get(port)
            if connection is None:
                connection = http.client.HTTPConnection(*self.address(port), timeout=timeout)
                self._open[port] = connection
            try:
                connection.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
                # Given twice a field is sent twice, which a dictionary could not say.
                pairs = list(headers.items() if isinstance(headers, dict) else headers or [])
                for name, value in [("Host", "furrow.test")] + pairs:
                    connection.putheader(name, value)
                body = body.encode() if isinstance(body, str) else body
                if body is not None:
                    connection.putheader("Content-Length", str(len(body)))
                connection.endheaders(body)
                answer = connection.getresponse()
                found = Answer(answer.status, answer.getheaders(), answer.read())
                if answer.will_close:
                    connection.close()
                    self._open.pop(port, None)
                return found
            except (OSError, http.client.HTTPException):
                connection.close()
                self._open.pop(port, None)
                if attempt or not self.alive():
                    raise
        raise AssertionError("not reached")

    def raw(self, port, data, timeout=20, read=True):
        """Bytes as they are over a connection of their own: what came back until it closed or
        one answer was whole."""
        with socket.create_connection(self.address(port), timeout=timeout) as connection:
            try:
                connection.sendall(data)
            except OSError:
                pass
            return read_answer(connection) if read else b""

    def api(self, name, body=None, token=None, port="api", method="POST", headers=None):
        fields = {"Content-Type": "application/json", **(headers or {})}
        if token:
            fields["Authorization"] = f"Bearer {token}"
        text = body if isinstance(body, (str, bytes)) else json.dumps(body or {})
        path = f"/{name}" if port == "api" else f"/api/{name}"
        return self.ask(port, method, path, fields, text)

    def call(self, name, body=None, role="admin"):
        """The data of a call that must succeed."""
        answer = self.api(name, body, self.tokens[role])
        if answer.status != 200:
            raise AssertionError(f"{name}: {answer!r}")
        return answer.data

    def login(self, key, secret, seconds=None):
        basic = base64.b64encode(f"{key}:{secret}".encode()).decode()
        body = {} if seconds is None else {"expiration_sec": seconds}
        answer = self.api("auth.login", body, headers={"Authorization": f"Basic {basic}"})
        if answer.status != 200:
            raise AssertionError(f"login of {key}: {answer!r}")
        return answer.data["token"]

    def file(self, method, path, token=None, port="files", headers=None, body=None):
        fields = dict(headers or {})
        if token:
            fields["Authorization"] = f"Bearer {token}"
        return self.ask(port, method, path if port == "files" else "/files" + path, fields, body)

    def upload(self, name, content, token, port="files"):
        """`name` stands in the part's header as it is given, bytes or text."""
        name = name.encode() if isinstance(name, str) else name
        body = (b'--hostile\r\nContent-Disposition: form-data; name="' + name +
                b'"; filename="f"\r\n\r\n' + content + b"\r\n--hostile--\r\n")
        return self.file("POST", "/", token, port,
                         {"Content-Type": "multipart/form-data; boundary=hostile"}, body)


class Wire:
    """A kept connection that sends bytes as they are; reconnects when the server closed it."""

    def __init__(self, world, port):
        self.world, self.port = world, port
        self.connection = None

    def ask(self, data):
        """(status, head, body) of the answer; (0, b"", b"") without one."""
        for _ in (0, 1):
            if self.connection is None:
                self.connection = socket.create_connection(self.world.address(self.port), 30)
            try:
                self.connection.sendall(data)
                got = read_answer(self.connection)
            except OSError:
                got = b""
            head, _, body = got.partition(b"\r\n\r\n")
            if not got or b"\r\nconnection: close" in head.lower():
                self.close()
            if got:
                return status_of(got), head, body
        return 0, b"", b""

    def close(self):
        if self.connection is not None:
            self.connection.close()
        self.connection = None


def read_answer(connection):
    """The bytes of the next answer (by its Content-Length) or of all until the end."""
    got = b""
    while True:
        try:
            piece = connection.recv(65536)
        except OSError:
            return got
        if not piece:
            return got
        got += piece
        head, separator, rest = got.partition(b"\r\n\r\n")
        if separator and not head.startswith(b"HTTP/1.1 100"):
            for line in head.split(b"\r\n"):
                name, _, value = line.partition(b":")
                if name.lower() == b"content-length" and len(rest) >= int(value):
                    return got


def status_of(answer):
    """The status of raw bytes; 0 when there was no answer."""
    parts = answer.split(b" ", 2)
    return int(parts[1]) if len(parts) > 1 and parts[1].isdigit() else 0


def tree(folder):
    """{relative path: content} of all files below a folder."""
    found = {}
    for base, _, names in os.walk(folder):
        for name in names:
            path = os.path.join(base, name)
            try:
                with open(path, "rb") as file:
                    found[os.path.relpath(path, folder)] = file.read()
            except OSError:
                continue
    return found


def default_binary():
    return os.environ.get("FURROW_BIN") or str(ROOT / "build/release/bin/furrow")


sys.path.insert(0, str(HERE))
