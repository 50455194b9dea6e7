# SPDX-License-Identifier: Apache-2.0
"""The language of golden cases: calls, expected answers, bound values. README.md describes it."""

import base64
import functools
import gzip
import hashlib
import json
import pathlib
import re
import subprocess
import sys
import urllib.error
import urllib.parse
import urllib.request
import uuid

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "fleet"))
import wire  # noqa: E402

TRACTOR = "golden-tractor"
TIME = re.compile(r"^\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?(\+00:00|Z)?$")
CLASSES = {
    "<id>": lambda v: isinstance(v, str) and re.fullmatch(r"[0-9a-f]{32}", v),
    "<time>": lambda v: isinstance(v, str) and TIME.match(v),
    "<text>": lambda v: isinstance(v, str),
    "<number>": lambda v: isinstance(v, (int, float)) and not isinstance(v, bool),
    "<true or false>": lambda v: isinstance(v, bool),
    "<list>": lambda v: isinstance(v, list),
    "<object>": lambda v: isinstance(v, dict),
    "<any>": lambda v: True,
}
ANY_ORDER = "<in any order>"
HASH = re.compile(r"<sha256 ([0-9a-f]{64})>")
MARKERS = ("> ", "< ", "= ", "+ ", "@ ")


class Wrong(Exception):
    """The server answered something else."""


def shown(value, size=300):
    return json.dumps(value)[:size]


def hash_of(value):
    """Stands for a value too long to be written out."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"))
    return f"<sha256 {hashlib.sha256(text.encode()).hexdigest()}>"


def substitute(value, bound):
    if isinstance(value, dict):
        return {substitute(k, bound): substitute(v, bound) for k, v in value.items()}
    if isinstance(value, list):
        return [substitute(v, bound) for v in value]
    if isinstance(value, str):
        if value.startswith("$") and value[1:] in bound:
            return bound[value[1:]]
        return re.sub(r"\$\{(\w+)\}", lambda m: str(bound.get(m[1], m[0])), value)
    return value


def match_object(expected, got, where):
    if not isinstance(got, dict):
        raise Wrong(f"{where}: {shown(got)} is no object")
    for key, value in expected.items():
        if value == "<absent>":
            if key in got:
                raise Wrong(f"{where}.{key} is there: {shown(got[key])}")
        elif key not in got:
            raise Wrong(f"{where}.{key} is missing in {shown(got)}")
        else:
            match(value, got[key], f"{where}.{key}")


def match_in_any_order(expected, got, where):
    if len(got) != len(expected):
        raise Wrong(f"{where}: {len(got)} elements, expected {len(expected)}: {shown(got)}")
    fits = [[fitting(value, candidate) for candidate in got] for value in expected]
    taken = set()
    for i in sorted(range(len(expected)), key=lambda i: sum(fits[i])):  # the choosiest first
        free = [j for j in range(len(got)) if fits[i][j] and j not in taken]
        if not free:
            raise Wrong(f"{where}: {shown(expected[i])} is not among {shown(got)}")
        taken.add(free[0])


def fitting(expected, got):
    try:
        match(expected, got, "")
        return True
    except Wrong:
        return False


def match_list(expected, got, where):
    if not isinstance(got, list):
        raise Wrong(f"{where}: {shown(got)} is no list")
    if expected and expected[0] == ANY_ORDER:
        return match_in_any_order(expected[1:], got, where)
    more = bool(expected) and expected[-1] == "..."
    wanted = expected[:-1] if more else expected
    if len(got) < len(wanted) or (not more and len(got) != len(wanted)):
        raise Wrong(f"{where}: {len(got)} elements, expected {len(wanted)}: {shown(got)}")
    for i, value in enumerate(wanted):
        match(value, got[i], f"{where}[{i}]")


def match(expected, got, where):
    """Raises Wrong unless `got` is what `expected` describes."""
    if isinstance(expected, str) and expected in CLASSES:
        if not CLASSES[expected](got):
            raise Wrong(f"{where}: {shown(got)} is no {expected}")
    elif isinstance(expected, str) and HASH.fullmatch(expected):
        if hash_of(got) != expected:
            raise Wrong(f"{where}: {shown(got)} has {hash_of(got)}, expected {expected}")
    elif isinstance(expected, dict) and set(expected) == {"<exactly>"}:
        match_object(expected["<exactly>"], got, where)
        extra = set(got) - set(expected["<exactly>"])
        if extra:
            raise Wrong(f"{where}: more members than expected: {sorted(extra)}")
    elif isinstance(expected, dict):
        match_object(expected, got, where)
    elif isinstance(expected, list):
        match_list(expected, got, where)
    elif expected != expected:  # a NaN equals nothing
        if not (isinstance(got, float) and got != got):
            raise Wrong(f"{where}: {shown(got)}, expected NaN")
    elif isinstance(expected, bool) or isinstance(got, bool) or expected is None:
        if expected is not got:
            raise Wrong(f"{where}: {shown(got)}, expected {shown(expected)}")
    elif expected != got:
        raise Wrong(f"{where}: {shown(got)}, expected {shown(expected)}")


def lookup(value, path):
    """The value at a dotted path; a step into a list is its index, a step may be quoted."""
    for quoted, plain in re.findall(r'"((?:[^"\\]|\\.)*)"|([^."]+)', path):
        step = json.loads(f'"{quoted}"') if quoted else plain
        value = value[int(step)] if isinstance(value, list) else value[step]
    return value


class Step:
    """One marked line and what follows it."""

    def __init__(self, marker, words, number):
        self.marker, self.words, self.number = marker, words, number
        self.body, self.headers = [], []

    @property
    def text(self):
        return "\n".join(self.body)


def steps(text):
    out = []
    for number, line in enumerate(text.splitlines(), 1):
        if line.startswith("#"):
            continue
        if line[:2] in MARKERS:
            if line[0] == "+":
                out[-1].headers.append(line[2:].strip())
            else:
                out.append(Step(line[0], line[2:].strip(), number))
        elif line.strip():
            if not out:
                raise Wrong(f"line {number}: a case begins with a call")
            out[-1].body.append(line)
    return out


class Answer:
    def __init__(self, status, headers, text):
        self.status, self.headers, self.text = status, headers, text
        self._json = None

    @property
    def json(self):
        if self._json is None:
            self._json = json.loads(self.text)
        return self._json


class Runner:
    """Runs cases against one started server. `called` gathers the endpoints that were."""

    def __init__(self, server):
        self.server = server
        self.tokens = {}
        self.keys = {}
        self.called = set()
        self._opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))

    # -- transport ---------------------------------------------------------------------------

    def send(self, url, method="GET", data=None, headers=None):
        request = urllib.request.Request(url, data=data, method=method, headers=headers or {})
        try:
            with self._opener.open(request, timeout=60) as answer:
                return self._read(answer.status, answer)
        except urllib.error.HTTPError as error:
            return self._read(error.code, error)

    @staticmethod
    def _read(status, answer):
        data = answer.read()
        if answer.headers.get("Content-Encoding") == "gzip":
            data = gzip.decompress(data)
        return Answer(status, answer.headers, data.decode("utf-8", "replace"))

    def login(self, pair):
        basic = base64.b64encode(pair.encode()).decode()
        return self.send(
            self.server.urls["api"] + "/auth.login", headers={"Authorization": f"Basic {basic}"}
        )

    def token(self, role):
        if role not in self.tokens:
            if role == "device":
                self.tokens[role] = self.enrolled()
                return self.tokens[role]
            if role == "admin":
                key, secret = self.server.access_key, self.server.secret_key
            else:
                key, secret = f"KEYOF{role.upper()}0000000000", "secret" + uuid.uuid4().hex
                command = [self.server.binary, "user", "add", f"golden {role}", "--role", role]
                command += ["--access-key", key, "--secret-key", secret]
                subprocess.run(
                    command + ["--data", self.server.data], check=True, stdout=subprocess.DEVNULL
                )
            answer = self.login(f"{key}:{secret}")
            if answer.status != 200:
                raise Wrong(f"{role} cannot sign in: {answer.text[:300]}")
            self.tokens[role] = answer.json["data"]["token"]
        return self.tokens[role]

    def key(self, name):
        """A key pair of a tractor, or of who signs bundles."""
        if name not in self.keys:
            self.keys[name] = wire.Key(self.server.folder, name)
        return self.keys[name]

    def enrolled(self):
        """The token of a tractor."""
        ask = functools.partial(wire.call, self.server)
        token = ask("fleet.create_token", {"tractor": TRACTOR}, self.token("admin")).data["token"]
        tractor = wire.Tractor(self.server, TRACTOR, self.key(TRACTOR))
        for answer in (tractor.enroll(token), tractor.sign_in()):
            if answer.status != 200:
                raise Wrong(f"the tractor is not let in: {answer!r}")
        return tractor.token

    def known(self):
        """The values that every case may name."""
        pair = f"{self.server.access_key}:{self.server.secret_key}"
        basic = base64.b64encode(pair.encode()).decode()
        return {
            "unique": "u" + uuid.uuid4().hex[:10],
            "basic": basic,
            "tractor": TRACTOR,
            "signer": self.key("signer").public.hex(),
            **self.server.urls,
        }

    # -- calls -------------------------------------------------------------------------------

    def call(self, words, body, headers, senders):
        """`words` of a call line after '>', the body's text, further header lines."""
        if words.startswith("login "):
            self.called.add("auth.login")
            return self.login(words[6:])
        words = words.split()
        method, role = "POST", "admin"
        sent = {"Content-Type": "application/json", "X-ClearML-Client": "golden"}
        while words[0] in ("anonymous", "as", "from"):
            kind = words.pop(0)
            if kind == "anonymous":
                role = None
            elif kind == "as":
                role = words.pop(0)
            else:
                method, own = senders[words.pop(0)]
                sent.update(own)
        port = "api"
        if words[0] in ("files", "web"):
            port = words.pop(0)
            words.insert(0, "raw")
        if words[0] == "raw":
            method, path = words[1], " ".join(words[2:])
            data = body.encode() if body else None
            self.called.update(re.findall(r"/(\w+\.\w+)", path)[-1:])
        elif words[0] == "bundle":
            data, _ = wire.bundle(self.key("signer"), int(words[2]))
            answer = wire.upload(self.server, words[1], data, self.token("admin"))
            return Answer(answer.status, {}, answer.body.decode("utf-8", "replace"))
        elif words[0] == "upload":
            port, method, path = "files", "POST", "/"
            sent["Content-Type"] = "multipart/form-data; boundary=golden0boundary"
            name = " ".join(words[1:])
            data = (
                f'--golden0boundary\r\nContent-Disposition: form-data; name="{name}"; '
                f'filename="{name}"\r\n\r\n{body}\r\n--golden0boundary--\r\n'
            ).encode()
        else:
            if words[0] == "lines":
                words.pop(0)
                sent["Content-Type"] = "application/json-lines"
                data = "\n".join(json.dumps(v) for v in json.loads(body)).encode()
            else:
                data = body.encode()
            path = f"/{words[1] + '/' if len(words) > 1 else ''}{words[0]}"
            self.called.add(words[0])
        if role:
            sent["Authorization"] = "Bearer " + self.token(role)
        for line in headers:
            name, _, value = line.partition(":")
            sent[name.strip()] = value.strip()
        sent = {name: value for name, value in sent.items() if value}
        return self.send(self.server.urls[port] + path, method, data, sent)

    # -- cases -------------------------------------------------------------------------------

    def run(self, path):
        """What is wrong, as a text; None when the case holds."""
        return self.run_text(path.read_text())

    def run_text(self, text):
        bound = self.known()
        senders, answer, number = {}, None, 0
        try:
            for step in steps(text):
                number = step.number
                if step.marker == "@":
                    name, method, headers = step.words.split(" ", 2)
                    senders[name] = method, json.loads(headers)
                elif step.marker == ">":
                    body = step.text
                    if body and not re.match(r"(\w+ )*?(raw|upload|files) ", step.words):
                        body = json.dumps(substitute(json.loads(body), bound))
                    else:
                        body = substitute(body, bound)
                    words = re.sub(
                        r"\$\{?(\w+)\}?", lambda m: str(bound.get(m[1], m[0])), step.words
                    )
                    headers = [substitute(line, bound) for line in step.headers]
                    answer = self.call(words, body, headers, senders)
                elif step.marker == "<":
                    self.expect(step, answer, bound)
                else:
                    name, where = step.words.split(" ", 1)
                    bound[name] = lookup(answer.json, where)
        except (Wrong, KeyError, IndexError, TypeError, ValueError) as error:
            return f"line {number}: {type(error).__name__}: {error}"
        return None

    @staticmethod
    def expect(step, answer, bound):
        words = step.words.split()
        code, _, subcode = words[0].partition("/")
        if answer.status != int(code):
            raise Wrong(f"HTTP {answer.status}, expected {code}: {answer.text[:400]}")
        for line in step.headers:
            name, _, value = substitute(line, bound).partition(":")
            got = answer.headers.get(name.strip())
            if got is None or value.strip() not in got:
                raise Wrong(f"header {name}: {got!r} does not contain {value.strip()!r}")
        if "raw" in words:
            wanted = substitute(step.text, bound)
            if wanted not in answer.text:
                raise Wrong(f"{answer.text[:300]!r} does not contain {wanted!r}")
            return
        if "whole" in words:
            match(substitute(json.loads(step.text), bound), answer.json, "answer")
            return
        if subcode and answer.json["meta"]["result_subcode"] != int(subcode):
            meta = answer.json["meta"]
            raise Wrong(
                f"subcode {meta['result_subcode']}, expected {subcode}: {meta['result_msg']}"
            )
        if step.body:
            match(substitute(json.loads(step.text), bound), answer.json["data"], "data")
