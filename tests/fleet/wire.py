# SPDX-License-Identifier: Apache-2.0
"""The API as a tractor and a person speak it: standard library and the openssl program alone."""

import base64
import hashlib
import http.client
import json
import os
import struct
import subprocess
import urllib.parse


class Answer:
    def __init__(self, status, body):
        self.status, self.body = status, body
        try:
            self.json = json.loads(body)
        except ValueError:
            self.json = None

    @property
    def data(self):
        return self.json.get("data", {}) if isinstance(self.json, dict) else {}

    @property
    def meta(self):
        return self.json.get("meta", {}) if isinstance(self.json, dict) else {}

    @property
    def code(self):
        """"200", or code and subcode as "400/1204"."""
        result, sub = self.meta.get("result_code", self.status), self.meta.get("result_subcode", 0)
        return str(result) if result == 200 else f"{result}/{sub}"

    @property
    def text(self):
        return self.meta.get("result_msg", self.body[:200].decode(errors="replace"))

    def __repr__(self):
        return f"{self.status} {self.body[:300]!r}"


def ask(url, method, path, token=None, body=None, headers=None, timeout=30):
    """One request; OSError or http.client.HTTPException when the connection fails."""
    parts = urllib.parse.urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=timeout)
    fields = dict(headers or {})
    if token:
        fields["Authorization"] = f"Bearer {token}"
    try:
        connection.request(method, path, body, fields)
        answer = connection.getresponse()
        return Answer(answer.status, answer.read())
    finally:
        connection.close()


def call(server, name, body=None, token=None, headers=None, timeout=30):
    fields = {"Content-Type": "application/json", **(headers or {})}
    return ask(server.urls["api"], "POST", f"/{name}", token, json.dumps(body or {}), fields,
               timeout)


def upload(server, path, content, token):
    """Sends a file under that path of the file server."""
    body = (b"--fleet\r\nContent-Disposition: form-data; name=\"" + path.encode() +
            b"\"; filename=\"f\"\r\n\r\n" + content + b"\r\n--fleet--\r\n")
    return ask(server.urls["files"], "POST", "/", token, body,
               {"Content-Type": "multipart/form-data; boundary=fleet"})


def download(server, path, token):
    return ask(server.urls["files"], "GET", path, token)


class Person:
    """Signed in with the server's first credentials, or with others."""

    def __init__(self, server, key=None, secret=None):
        self.server = server
        self.pair = (key or server.access_key, secret or server.secret_key)
        self.token = None

    def call(self, name, body=None, headers=None):
        if self.token is None:
            basic = base64.b64encode(":".join(self.pair).encode()).decode()
            signed = {"Authorization": f"Basic {basic}"}
            answer = call(self.server, "auth.login", {}, headers=signed)
            assert answer.status == 200, answer
            self.token = answer.data["token"]
        return call(self.server, name, body, self.token, headers)

    def must(self, name, body=None):
        answer = self.call(name, body)
        if answer.status != 200:
            raise AssertionError(f"{name}: {answer!r}")
        return answer.data


class Key:
    """An Ed25519 key pair."""

    def __init__(self, folder, name):
        self.name, self.path = name, os.path.join(folder, f"{name}.pem")
        subprocess.run(["openssl", "genpkey", "-algorithm", "ed25519", "-out", self.path],
                       check=True, capture_output=True)
        shown = subprocess.run(["openssl", "pkey", "-in", self.path, "-pubout", "-outform", "DER"],
                               check=True, capture_output=True)
        self.public = shown.stdout[-32:]

    def sign(self, text):
        message = self.path + ".message"
        with open(message, "wb") as file:
            file.write(text)
        made = subprocess.run(["openssl", "pkeyutl", "-sign", "-rawin", "-inkey", self.path,
                               "-in", message], check=True, capture_output=True)
        return made.stdout


class Tractor:
    """What furrow-device says to a server, without the tractor."""

    def __init__(self, server, name, key):
        self.server, self.name, self.key = server, name, key
        self.token = None
        self.state = {"frames": 0, "dropped": 0, "missed": 0, "alarms": 0, "spraying": False,
                      "bundle": {"id": "", "version": 0}, "slack_ms": {"p50": 20.0, "p1": 8.0},
                      "position": {"x_m": 1.0, "y_m": 2.0, "heading_rad": 0.0},
                      "speed_mps": 2.5, "edge": "running", "spool": {"records": 0, "bytes": 0}}

    def enroll(self, token, about=None, key=None):
        return call(self.server, "fleet.enroll",
                    {"token": token, "tractor": self.name, "about": about or {},
                     "public_key": (key or self.key).public.hex()})

    def sign_in(self, key=None, nonce=None):
        if nonce is None:
            nonce = call(self.server, "fleet.challenge", {"tractor": self.name}).data["nonce"]
        text = f"furrow sign-in\n{self.name}\n{nonce}".encode()
        answer = call(self.server, "fleet.sign_in",
                      {"tractor": self.name, "nonce": nonce,
                       "signature": (key or self.key).sign(text).hex()})
        if answer.status == 200:
            self.token = answer.data["token"]
        return answer

    def heartbeat(self, progress=None):
        body = {"state": self.state}
        if progress:
            body["progress"] = progress
        return call(self.server, "fleet.heartbeat", body, self.token)

    def report(self, stream, first, records, timeout=30):
        return call(self.server, "fleet.report",
                    {"stream": stream, "from": first, "records": records}, self.token,
                    timeout=timeout)


def crc32c(data):
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0x82F63B78 if crc & 1 else 0)
    return crc ^ 0xFFFFFFFF


def bundle(key, version, name="beet", **manifest):
    """The bytes of a bundle, written from docs/formats/bundle.md alone, and its id."""
    model = f"weights of {name} {version}".encode() * 50
    report = json.dumps({"verdict": "passed", "version": version}).encode()
    files = [("model.onnx", model), ("report.json", report)]
    text = json.dumps({
        "format": 1, "name": name, "version": version, "created_at": "2026-11-29T07:30:00+00:00",
        "model": {"file": "model.onnx", "method": "net", "area_min_px": 4,
                  "target": "onnxruntime-fp32"},
        "fits": {"boom": "", "runtime_min": "", "architectures": []},
        "budget_ms": 50.0,
        "report": {"file": "report.json", "passed": True, "waiver": None},
        "golden": {"file": "", "frames": 0},
        "source": {"task": "t0", "model": f"model of {version}"},
        "files": [{"name": n, "bytes": len(c), "sha256": hashlib.sha256(c).hexdigest()}
                  for n, c in files],
        **manifest}).encode()
    made = hashlib.sha256(text).hexdigest()
    signature = key.public + key.sign(f"furrow bundle 1\n{made}\n".encode())
    contents = b"".join(content for _, content in files)
    total = 32 + len(text) + len(signature) + len(contents)
    head = b"FRWBNDL\0" + struct.pack("<IIIQ", 1, len(text), 1, total)
    return head + struct.pack("<I", crc32c(head)) + text + signature + contents, made
