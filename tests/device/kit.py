# SPDX-License-Identifier: Apache-2.0
"""What the tests of furrow-device share: signed bundles, a server that speaks the calls of
docs/loop.md, and a tractor in a folder."""

import base64
import hashlib
import http.server
import importlib.machinery
import importlib.util
import json
import math
import os
import pathlib
import re
import signal
import socket
import struct
import subprocess
import threading
import time
import urllib.parse

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent


def load(path):
    loader = importlib.machinery.SourceFileLoader(path.name, str(path))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader(path.name, loader))
    loader.exec_module(module)
    return module


net = load(ROOT / "tests/edge/net")
Checks = net.Checks

_TABLE = []
for _i in range(256):
    _c = _i
    for _ in range(8):
        _c = _c >> 1 ^ (0x82F63B78 if _c & 1 else 0)
    _TABLE.append(_c)


def crc32c(data, crc=0):
    crc ^= 0xFFFFFFFF
    for byte in data:
        crc = crc >> 8 ^ _TABLE[(crc ^ byte) & 255]
    return crc ^ 0xFFFFFFFF


def sha256(data):
    return hashlib.sha256(data).hexdigest()


class Key:
    """An Ed25519 key of the openssl program."""

    def __init__(self, folder, name):
        self.name, self.path = name, pathlib.Path(folder) / f"{name}.pem"
        run = lambda *words: subprocess.run(words, check=True, capture_output=True).stdout
        run("openssl", "genpkey", "-algorithm", "ed25519", "-out", str(self.path))
        der = run("openssl", "pkey", "-in", str(self.path), "-pubout", "-outform", "DER")
        self.public = der[-32:]
        self.hex = self.public.hex()

    def sign(self, text):
        message = self.path.with_suffix(".message")
        message.write_bytes(text)
        command = ["openssl", "pkeyutl", "-sign", "-rawin", "-inkey", str(self.path), "-in"]
        return subprocess.run([*command, str(message)], check=True, capture_output=True).stdout


def verifies(public_hex, text, signature):
    """Whether openssl takes the signature."""
    der = bytes.fromhex("302a300506032b6570032100" + public_hex)
    pem = b"-----BEGIN PUBLIC KEY-----\n" + base64.encodebytes(der) + b"-----END PUBLIC KEY-----\n"
    names = [f"/tmp/furrow-{os.getpid()}-{threading.get_ident()}.{end}" for end in "kms"]
    for name, content in zip(names, (pem, text, signature)):
        pathlib.Path(name).write_bytes(content)
    command = ["openssl", "pkeyutl", "-verify", "-pubin", "-rawin", "-inkey", names[0]]
    done = subprocess.run([*command, "-in", names[1], "-sigfile", names[2]], capture_output=True)
    for name in names:
        os.unlink(name)
    return done.returncode == 0


WIDTH, HEIGHT, FOCAL, X_M, HEIGHT_M, PITCH = 128, 96, 80, 1.0, 0.66, 0.25


def golden(boxes):
    """The table of one golden frame of the test's camera, which looks straight down."""
    scale = HEIGHT_M / FOCAL
    ground = lambda u, v: (X_M + (HEIGHT / 2 - v) * scale, (WIDTH / 2 - u) * scale)
    far, left = ground(0, 0)
    near, right = ground(WIDTH, HEIGHT)
    bits = []
    for row in range(math.ceil(near / PITCH), math.floor(far / PITCH)):
        for column in range(4):
            y = 0.5 - column * PITCH
            if y > left or y - PITCH < right:
                continue
            x = row * PITCH
            hit = False
            for box in boxes:
                far_x, left_y = ground(box[0], box[1])
                near_x, right_y = ground(box[2], box[3])
                hit |= near_x < x + PITCH and far_x > x and right_y < y and left_y > y - PITCH
            bits.append(hit)
    packed = bytearray((len(bits) + 7) // 8)
    for i, bit in enumerate(bits):
        packed[i // 8] |= bit << i % 8
    camera = {
        "width": WIDTH, "height": HEIGHT, "focal_px": FOCAL, "centre_u_px": WIDTH / 2,
        "centre_v_px": HEIGHT / 2, "k1": 0, "k2": 0, "x_m": X_M, "y_m": 0, "height_m": HEIGHT_M,
        "pitch_rad": 1.5707963, "roll_rad": 0, "yaw_rad": 0,
    }  # fmt: skip
    return {
        "format": 1,
        "camera": camera,
        "pitch_m": PITCH,
        "left_m": 0.5,
        "columns": 4,
        "differ_max": 0,
        "frames": [{"file": "0.png", "cells": len(bits), "open": packed.hex()}],
    }


class Maker:
    """Makes bundles. The network takes red for weed; `version` makes each one another."""

    def __init__(self, folder, boom):
        self.folder, self.boom = pathlib.Path(folder), boom
        self.key, self.stranger = Key(folder, "lab"), Key(folder, "stranger")
        box = (56, 40, 68, 52, net.RED_LEAF)
        net.write_png(self.folder / "golden.png", WIDTH, HEIGHT, [box])
        self.png = (self.folder / "golden.png").read_bytes()
        self.table = golden([box])

    def bundle(self, version, key=None, padding=0, **changes):
        """The bytes and the id."""
        network = net.network()
        table = dict(self.table, **changes.pop("golden", {}))
        files = {
            "model.onnx": changes.pop("network", network),
            "report.json": json.dumps({"version": version, "padding": "x" * padding}).encode(),
            "golden/golden.json": json.dumps(table).encode(),
            "golden/0.png": self.png,
        }
        manifest = {
            "format": 1,
            "name": "colours",
            "version": version,
            "created_at": "2026-11-29T08:00:00Z",
            "model": {
                "file": "model.onnx",
                "method": "net",
                "area_min_px": 4,
                "target": "onnxruntime-fp32",
            },
            "fits": {"boom": self.boom, "runtime_min": "0.1.0", "architectures": []},
            "budget_ms": 500.0,
            "report": {"file": "report.json", "passed": True, "waiver": None},
            "golden": {"file": "golden/golden.json", "frames": 1},
            "source": {"task": "0123"},
            "files": [
                {"name": name, "bytes": len(content), "sha256": sha256(content)}
                for name, content in files.items()
            ],
        }
        for path, value in changes.items():
            at = manifest
            *way, last = path.split("__")
            for part in way:
                at = at[part]
            at[last] = value
        text = json.dumps(manifest).encode()
        signer = key or self.key
        identity = sha256(text)
        signature = signer.sign(f"furrow bundle 1\n{identity}\n".encode())
        contents = b"".join(files.values())
        length = 32 + len(text) + 96 + len(contents)
        head = b"FRWBNDL\0" + struct.pack("<IIIQ", 1, len(text), 1, length)
        head += struct.pack("<I", crc32c(head))
        return head + text + signer.public + signature + contents, identity


class Server:
    """Speaks what furrow-device asks for; forgets nothing and counts everything."""

    STREAMS = ("alarms", "sprays", "metrics", "images")

    def __init__(self, keys):
        self.keys, self.lock = keys, threading.RLock()
        self.tokens, self.tractors, self.nonces, self.signed = {}, {}, {}, {}
        self.desired, self.progress, self.states = {}, {}, {}
        self.records = {stream: {} for stream in self.STREAMS}
        self.next = dict.fromkeys(self.STREAMS, 0)
        self.files, self.uploads, self.served = {}, {}, 0
        self.wake_s, self.cut_after, self.lose_answers, self.down = 0.3, None, 0, False
        self.stages = []
        handler = type("Handler", (_Handler,), {"owner": self})
        self.httpd = _Quiet(("127.0.0.1", 0), handler)
        self.httpd.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.httpd.server_port}"
        threading.Thread(target=self.httpd.serve_forever, daemon=True).start()

    def close(self):
        self.httpd.shutdown()
        self.httpd.server_close()

    def offer(self, bundle, identity, version, release="r1", rollback=False, **other):
        """What all tractors shall run."""
        self.files[f"/bundles/{identity}.bundle"] = bundle
        desired = {
            "release": release,
            "id": identity,
            "version": version,
            "bytes": len(bundle),
            "sha256": sha256(bundle),
            "url": f"/bundles/{identity}.bundle",
            "rollback": rollback,
        }
        desired.update(other)
        with self.lock:
            self.desired, self.progress = desired, {}

    def stage(self):
        """Of the release that is offered: what is still told of another does not count."""
        with self.lock:
            if self.progress.get("release") != self.desired.get("release"):
                return None, ""
            return self.progress.get("stage"), self.progress.get("reason", "")

    def call(self, name, body, token):
        with self.lock:
            if name == "enroll":
                if self.tokens.pop(body["token"], None) != body["tractor"]:
                    return 401, {}
                self.tractors[body["tractor"]] = body["public_key"]
                self.about = body["about"]
                return 200, {"tractor": body["tractor"], "trusted_keys": self.trusted()}
            if name == "challenge":
                nonce = os.urandom(16).hex()
                self.nonces[nonce] = body["tractor"]
                return 200, {"nonce": nonce}
            if name == "sign_in":
                public = self.tractors.get(body["tractor"])
                text = f"furrow sign-in\n{body['tractor']}\n{body['nonce']}".encode()
                good = self.nonces.pop(body["nonce"], None) == body["tractor"] and public
                if not good or not verifies(public, text, bytes.fromhex(body["signature"])):
                    return 401, {}
                token = os.urandom(8).hex()
                self.signed[token] = body["tractor"]
                return 200, {"token": token, "expires_in_s": 3600}
            if token not in self.signed:
                return 401, {}
            if name == "heartbeat":
                self.states, self.beat_at = body["state"], time.monotonic()
                if "progress" in body:
                    self.progress = body["progress"]
                    if not self.stages or self.stages[-1] != body["progress"]["stage"]:
                        self.stages.append(body["progress"]["stage"])
                answer = {"trusted_keys": self.trusted(), "next": self.next}
                if self.desired:
                    answer["desired"] = self.desired
                return 200, {**answer, "wake_s": self.wake_s}
            if name == "report":
                stream, number = body["stream"], body["from"]
                for record in body["records"]:
                    if number >= self.next[stream]:
                        assert number not in self.records[stream]
                        self.records[stream][number] = record
                        self.next[stream] = number + 1
                    number += 1
                return 200, {"next": self.next[stream]}
            return 404, {}

    def trusted(self):
        return [{"name": key.name, "public_key": key.hex} for key in self.keys]


class _Quiet(http.server.ThreadingHTTPServer):
    def handle_error(self, request, client_address):
        pass  # killed clients hang up as they like


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *words):
        pass

    def body(self):
        return self.rfile.read(int(self.headers.get("Content-Length", 0)))

    def answer(self, status, body, **fields):
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        for name, value in fields.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)

    def hang_up(self):
        self.close_connection = True
        self.connection.shutdown(socket.SHUT_RDWR)

    def do_POST(self):
        owner, body = self.owner, self.body()
        if owner.down:
            return self.hang_up()
        token = self.headers.get("Authorization", "").removeprefix("Bearer ")
        if self.path.startswith("/fleet."):
            status, data = owner.call(self.path.removeprefix("/fleet."), json.loads(body), token)
            if owner.lose_answers > 0 and self.path == "/fleet.report":
                owner.lose_answers -= 1
                return self.hang_up()
            meta = {"result_code": status, "result_subcode": 0, "result_msg": "OK"}
            return self.answer(status, json.dumps({"meta": meta, "data": data}).encode())
        found = re.search(rb'filename="([^"]+)"\r\n.*?\r\n\r\n(.*)\r\n--[^\r]+--\r\n$', body, re.S)
        if self.path != "/" or not found or token not in owner.signed:
            return self.answer(401, b"no")
        owner.uploads[found[1].decode()] = found[2]
        return self.answer(200, b"[]")

    def do_GET(self):
        owner, path = self.owner, urllib.parse.unquote(self.path)
        token = self.headers.get("Authorization", "").removeprefix("Bearer ")
        if owner.down:
            return self.hang_up()
        if token not in owner.signed:
            return self.answer(401, b"no")
        content = owner.files.get(path)
        if content is None:
            return self.answer(404, b"no")
        first, last = re.match(r"bytes=(\d+)-(\d+)", self.headers["Range"]).groups()
        piece = content[int(first) : int(last) + 1]
        if not piece:
            return self.answer(416, b"")
        with owner.lock:
            if owner.cut_after is not None and owner.served + len(piece) > owner.cut_after:
                owner.cut_after = None
                self.send_response(206)
                self.send_header("Content-Length", str(len(piece)))
                self.end_headers()
                self.wfile.write(piece[: len(piece) // 2])
                return self.hang_up()
            owner.served += len(piece)
        self.answer(206, piece, Content_Range=f"bytes {first}-{last}/{len(content)}")


BOOM = """\
format = 1
bus_s = 0.001
drop_s = 0.040
footprint_m = 0.10
lease_s = 0.03
[valves]
open_s = 0.010
close_s = 0.008
[[line]]
nozzles = 4
pitch_m = 0.25
[[camera]]
name = "middle"
width = 128
height = 96
fps = 20
focal_px = 80
x_m = 1.0
y_m = 0.0
height_m = 0.66
pitch_rad = 1.5707963
"""
MACHINE = """\
format = 1
boom = "boom.toml"
[field]
speed_mps = 1
[capture]
source = "folder"
[[capture.camera]]
name = "middle"
device = "images"
[detect]
slot = "current"
area_min_px = 4
[decide]
when_unseen = "leave"
[actuate]
self_test = false
[record]
folder = "log"
numbered = true
segment_mb = 0.3
frames_every = 5
[link]
file = "link"
[health]
file = "health.prom"
every_s = 0.2
"""
DEVICE = """\
format = 1
name = "%s"
server = "%s"
[edge]
program = "%s"
arguments = ["--master-on"]
watchdog_s = 3
[times]
heartbeat_s = 0.5
metrics_s = 0.5
try_s = %g
watch_s = %g
"""


def leaves(folder):
    """A leaf that comes nearer at a metre a second, then ground; no two frames are alike."""
    for i in range(32):
        boxes = [(3 * i, 88, 3 * i + 5, 92, (90, 80, 60))]
        if i < 15:
            boxes.append((56, 6 * i, 68, 6 * i + 12, net.RED_LEAF))
        net.write_png(folder / f"{i:02}.png", WIDTH, HEIGHT, boxes)


class Tractor:
    def __init__(self, bins, folder, server, name="T7", trial=1.0, watch=1.0):
        self.bins, self.folder, self.name = pathlib.Path(bins), pathlib.Path(folder), name
        self.server, self.process = server, None
        (self.folder / "images").mkdir(parents=True)
        (self.folder / "boom.toml").write_text(BOOM)
        (self.folder / "machine.toml").write_text(MACHINE)
        edge = self.bins / "furrow-edge"
        text = DEVICE % (name, server.url, edge, trial, watch)
        (self.folder / "device.toml").write_text(text)
        leaves(self.folder / "images")

    def command(self, *words):
        command = [self.bins / "furrow-device", *map(str, words)]
        return subprocess.run(command, capture_output=True, text=True, timeout=120)

    def enroll(self):
        token = os.urandom(8).hex()
        self.server.tokens[token] = self.name
        words = ("enroll", self.folder, "--server", self.server.url, "--token", token)
        return self.command(*words)

    def start(self):
        log = open(self.folder / "device.out", "a")
        command = [self.bins / "furrow-device", "run", self.folder]
        self.process = subprocess.Popen(command, stdout=log, stderr=log)
        log.close()

    def kill(self):
        self.process.kill()
        self.process.wait()

    def edge_pid(self):
        try:
            pid = int((self.folder / "edge.lock").read_text())
            os.kill(pid, 0)
            return pid
        except (OSError, ValueError):
            return None

    def kill_edge(self):
        if pid := self.edge_pid():
            try:
                os.kill(pid, signal.SIGKILL)
            except OSError:
                pass

    def stop(self):
        if self.process and self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(timeout=30)
            except subprocess.TimeoutExpired:
                self.process.kill()
        self.kill_edge()

    def status(self):
        done = self.command("status", self.folder, "--json")
        return json.loads(done.stdout) if done.returncode == 0 else {"error": done.stderr}

    def words(self):
        """The last ones of both programs, for messages."""
        text = ""
        for name in ("device.out", "edge.out"):
            path = self.folder / name
            text += path.read_text()[-1500:] if path.exists() else ""
        return text


def until(what, seconds=60):
    """Waits for `what` to be true; says whether it came so."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if what():
            return True
        time.sleep(0.05)
    return bool(what())
