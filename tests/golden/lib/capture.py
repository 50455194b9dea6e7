# SPDX-License-Identifier: Apache-2.0
"""What the recording proxy noted, made fit to be kept: the clients' calls alone, nothing of the
machine in them, one call per shape."""

import json
import re
import socket
import urllib.parse

ID = re.compile(r"(?<![0-9a-f])[0-9a-f]{32}(?![0-9a-f])")
TEXT_MAX = 240
PLOT = '{"data": [{"x": [0, 1], "y": [1, 0], "type": "scatter"}], "layout": {}}'
SENDER = (
    "X-ClearML-Client",
    "X-ClearML-Agent",
    "X-ClearML-Worker",
    "X-Clearml-Impersonate-As",
    "X-Clearml-Act-As",
)
# Calls that ask; of these the first of each shape says all. Every other call changes something.
ASKS = re.compile(
    r"\.(get_\w+|ping|debug_images|plots|scalar_metrics_iter_histogram|login|status_report)$"
)
REPORTS = ("events.add_batch", "events.add")
# What tells this machine from another, in the order of replacement.
MACHINE = [
    (r"[^\s\"'=:,()]*furrow-compat-\w+/[\w.-]+/[\w.-]+/home", "/home/user"),
    (r"[^\s\"'=:,()]*furrow-compat-\w+/[\w.-]+", "/home/user/compat"),
    (r"[^\s\"'=:,()]*furrow-compat-\w+", "/home/user/compat"),
    (r"[^\s\"'=:,()]*/build/venv/[\w.-]+", "/home/user/venv"),
    (r"[^\s\"'=:,()]*/\.pyenv/versions/[\w.-]+", "/usr"),
    (r"/root\b", "/home/user"),
    (r"127\.0\.0\.1(:\d+)?", "nowhere.test"),
]
RUNTIME = re.compile(
    r'(\\?")(platform|OS|cpu_cores|memory_gb|hostname|gpu_\w+|cpu|processor|machine|kernel\w*|'
    r'_exec_agent_hostname)(\\?": ?)(\\?"[^"\\]*\\?"|[\d.]+)'
)


class Call:
    """One call of a client, in today's terms: placeholders for the server's URLs."""

    def __init__(self, noted, clean):
        self.noted = noted
        path = urllib.parse.urlsplit(clean(noted["path"]))
        found = re.fullmatch(r"/(?:(v[\d.]+)/)?(\w+\.\w+)/?", path.path)
        self.version, self.endpoint = (found[1] or "", found[2]) if found else ("", "")
        self.path, self.query = path.path, path.query
        self.status = noted["status"]
        headers = {n.lower(): v for n, v in noted["headers"].items()}
        self.sender = {n: clean(headers[n.lower()]) for n in SENDER if n.lower() in headers}
        self.method = noted["method"]
        self.prepares = not _official(noted)
        self.lines = "json-lines" in headers.get("content-type", "")
        text = clean(noted["body"])
        if self.lines:
            self.body = [json.loads(line) for line in text.splitlines() if line.strip()]
        else:
            self.body = json.loads(text) if text.strip() else None
        self.body = shortened(self.body)
        answer = json.loads(clean(noted["answer"]))
        self.data = answer.get("data")
        self.subcode = answer["meta"]["result_subcode"]

    @property
    def asks(self):
        return bool(ASKS.search(self.endpoint))

    def shape(self):
        kinds = shape_of(self.body)
        if self.lines:
            kinds = sorted(set(map(json.dumps, kinds)))
        kind = "agent" if self.is_agent else "sdk"
        if self.endpoint == "queues.get_next_task":
            kind += " gets one" if "entry" in self.data else " gets none"
        return json.dumps([self.endpoint, self.version, kind, self.status, self.subcode, kinds])

    @property
    def is_agent(self):
        return "X-ClearML-Agent" in self.sender

    def ids(self):
        return set(ID.findall(json.dumps(self.body) + self.query))


def shape_of(value):
    """The set of field paths and the types of values; operators of the query language stand for
    themselves."""
    if isinstance(value, dict):
        return {ID.sub("ID", k): shape_of(v) for k, v in sorted(value.items())}
    if isinstance(value, list):
        return [shape_of(v) for v in value[:4]]
    if isinstance(value, str) and re.match(r"__\$|-|>|<|training_|plot|log$", value):
        return value[:12]
    return type(value).__name__


def shortened(value, key=""):
    """Long texts are only carried; their beginning will do."""
    if isinstance(value, dict):
        return {k: shortened(v, k) for k, v in value.items()}
    if isinstance(value, list):
        return [shortened(v, key) for v in value]
    if isinstance(value, str) and len(value) > TEXT_MAX:
        return PLOT if key == "plot_str" else value[:TEXT_MAX] + "…"
    return value


def cleaner(urls):
    """A function that takes the machine out of a text."""
    host = re.escape(socket.gethostname())

    def clean(text):
        for name, url in urls.items():
            port = url.rsplit(":", 1)[1]
            text = re.sub(rf"http://(127\.0\.0\.1|localhost):{port}\b", f"${{{name}}}", text)
        for pattern, instead in MACHINE:
            text = re.sub(pattern, instead, text)
        text = re.sub(rf"\broot@{host}\b", "user@host", text)
        text = re.sub(rf"(?<![\w.-]){host}(?![\w-])", "host", text)
        return RUNTIME.sub(_neutral, text)

    return clean


def _neutral(found):
    quote, key, colon, value = found.groups()
    if key == "_exec_agent_hostname" or key == "hostname":
        return f"{quote}{key}{colon}{quote}host{quote}"
    if key == "gpu_count":
        return found[0]
    if value[0].isdigit():
        return f"{quote}{key}{colon}8"
    return f"{quote}{key}{colon}{quote}some {key}{quote}"


def load(path):
    """The calls of official clients, in the order in which they arrived, and the changes that the
    compatibility runner made for them beforehand (their queues)."""
    noted = [json.loads(line) for line in open(path)]
    clean = cleaner(noted[0]["urls"])
    ours = sorted((n for n in noted if "number" in n), key=lambda n: n["number"])
    calls = [Call(n, clean) for n in ours]
    return [c for c in calls if c.endpoint and not (c.prepares and c.asks)]


def _official(noted):
    headers = {n.lower(): v for n, v in noted["headers"].items()}
    client = headers.get("x-clearml-client", "")
    return client.startswith("clearml") or "x-clearml-agent" in headers


def reduced(calls):
    """Each shape of question once, every change; and what first named an id that is used later."""
    kept, seen = set(), {}
    for i, call in enumerate(calls):
        shape = call.shape()
        seen[shape] = seen.get(shape, 0) + 1
        if seen[shape] == 1 or not (call.asks or call.endpoint in REPORTS):
            kept.add(i)
    named = {}
    for i, call in enumerate(calls):
        for one in call.ids() | set(ID.findall(call.noted["answer"])):
            named.setdefault(one, i)
    while True:
        missing = set()
        for i in kept:
            for one in calls[i].ids():
                if named[one] < i and named[one] not in kept:
                    missing.add(named[one])
        if not missing:
            return [calls[i] for i in sorted(kept)]
        kept |= missing
