# SPDX-License-Identifier: Apache-2.0
"""Hostile names in every member of every endpoint's request, in every shape a member may have; in
queries, fields of the head and paths. The server answers rightly and nothing moves on the disk."""

import base64
import json
import os
import random
import re
import urllib.parse

import paths
from fixtures import BODIES, LINES, VERSIONS, Maker
from world import HERE, ROOT, World

# A row of any list of objects: every name that one of them takes.
ROW = ("section", "name", "value", "type", "description", "key", "uri", "mode", "hash", "model",
       "task", "metric", "variant", "pattern", "fields", "path", "repository", "entry_point",
       "working_dir", "binary", "diff", "branch", "tag", "version_num", "image", "arguments",
       "setup_shell_script", "model_desc", "docker_cmd", "queue", "framework", "id", "project",
       "content_type", "preview", "url", "source", "layout")
# What a member may be, each with the name in it; the first that is taken is used again.
SHAPES = {
    "text": lambda n: n,
    "list": lambda n: [n],
    "map": lambda n: {n: n},
    "row": lambda n: {key: n for key in ROW},
    "rows": lambda n: [{key: n for key in ROW}],
    "tree": lambda n: {n: {n: {key: n for key in ROW}}},
    "input": lambda n: {"input": [{"name": n, "model": n}], "output": [{"name": n, "model": n}]},
}
HEADERS = ("X-ClearML-Worker", "X-ClearML-Client", "X-ClearML-Act-As", "X-ClearML-Impersonate-As",
           "X-Trains-Worker", "X-Trains-Act-As", "X-Forwarded-For", "X-Forwarded-Host", "Referer",
           "User-Agent", "Origin", "Cookie", "If-None-Match", "If-Range", "Range", "Accept",
           "Accept-Encoding", "Host", "X-Request-Id")
# Since 2.13 these only say that they moved; the walk asks the older version.
MOVED = {"models.get_by_task_id": "2.12", **VERSIONS}
# Whoever calls it with a good token ends the walk's own session.
ENDS_SESSION = {"auth.logout", "login.logout"}


def members():
    """{endpoint: its members} of members.tsv."""
    table = {}
    for line in (HERE / "members.tsv").read_text().splitlines():
        if line and not line.startswith("#"):
            name, fields = line.split("\t")
            table[name] = [] if fields == "-" else fields.split(",")
    return table


DEVICE_ONLY = ("fleet.heartbeat", "fleet.report")


def run(world, report, full):
    table = members()
    covers_sources(report, table)
    folder = os.path.join(world.folder, "names")
    here = World(world.binary, folder, ["--session-rate", "1000000"])
    cwd = os.path.join(folder, "cwd", "deep", "er")  # so that a name which climbs stays in sight
    os.makedirs(cwd)
    try:
        here.start(cwd=cwd)
        served = here.call("server.endpoints", role="root")["endpoints"]
        report.same("members.tsv names each endpoint of the server", sorted(table),
                    sorted({e["name"] for e in served}))
        paths.plant(here)
        walk = Walk(here, report, full)
        before = paths.outside(here), files(here)
        for name in sorted(table):
            walk.members(name, table[name])
        for name in sorted(table):
            walk.whole_body(name)
            walk.queries(name, table[name])
            walk.behind(name)
        walk.headers()
        walk.login()
        report.same("nothing outside the root was written, changed or deleted",
                    paths.outside(here), before[0])
        report.same("nothing among the files was written, changed or deleted", files(here),
                    before[1])
        report.same("no upload was left half done", os.listdir(os.path.join(here.data, "tmp")), [])
        report.same("it ends in order", here.stop(), 0)
    finally:
        here.stop()


def files(world):
    found = {}
    for base, folders, names in os.walk(os.path.join(world.data, "files")):
        for name in folders + names:
            about = os.lstat(os.path.join(base, name))
            found[os.path.join(base, name)] = (about.st_mode, about.st_size, about.st_mtime_ns)
    return found


def covers_sources(report, table):
    """A member that a service reads stands in the table, or nobody would attack it."""
    known = {}
    for name, fields in table.items():
        known.setdefault(name.split(".")[0], set()).update(fields)
    for service in sorted((ROOT / "src/service").iterdir()):
        read = set()
        for path in service.glob("*.cc"):
            if not re.search(r"_(test|fuzz|bench)$", path.stem):
                text = path.read_text()
                read.update(re.findall(
                    r'call\.(?:Text|Texts|Flag|Int|Number|Has|Field)\("([^"]+)"', text))
                for listed in re.findall(r"Require\(\{([^}]*)\}", text):
                    read.update(re.findall(r'"([^"]+)"', listed))
        missing = read - known.get(service.name, set())
        report.ok(f"members.tsv has what {service.name} reads", not missing, missing)


def statuses(name):
    """What an answer to hostile members may be."""
    if name in ("fleet.enroll", "fleet.sign_in"):  # they take credentials, and failures are counted
        return 200, 400, 401, 429
    return (200, 400, 403) if name.startswith("auth.") else (200, 400)


class Walk:
    """One server, walked endpoint by endpoint."""

    def __init__(self, world, report, full):
        self.world, self.report, self.full = world, report, full
        self.rng = random.Random(5)
        self.names = [n for n in paths.corpus(False, self.rng) if len(n) < 5000]
        self.deep = [n for n in self.names if n not in paths.ELEMENTS]
        self.forbidden = paths.secrets(world)
        self.maker = Maker(world)
        self.taken = {}  # (endpoint, member) -> the shape that was taken
        self._next = 0
        self.ids = self._make_ids()

    def _make_ids(self):
        """Good values for reads, so that what is asked beside them is looked at."""
        task, model, project = self.maker.task(), self.maker.model(), self.maker.project()
        queue = self.maker.queue()[0]
        return {"task": task, "tasks": [task], "model": model, "project": project, "queue": queue,
                "metric": "m", "variant": "v", "key": "iter", "batch_size": 1, "page_size": 1,
                "from_date": 0, "to_date": 1, "interval": 1, "items": [], "worker_ids": []}

    def name(self):
        """The next of the corpus as text: elements and compositions in turn, all in time."""
        self._next += 1
        pick = paths.ELEMENTS if self._next % 2 else self.deep
        raw = pick[self._next // 2 % len(pick)] + paths.TARGETS[self._next % len(paths.TARGETS)]
        return self.text(raw)

    def text(self, raw):
        try:
            return raw.decode()
        except UnicodeDecodeError:
            return raw.decode("latin-1")

    def held(self, what, answer, statuses=(200, 400)):
        leaks = [s for s in self.forbidden if s in answer.body]
        self.report.ok(what, answer.status in statuses and not leaks, (leaks, answer))

    def ask(self, name, body):
        kind = "application/json-lines" if name in LINES else "application/json"
        text = body if isinstance(body, str) else json.dumps(body)
        if name in LINES and not text.endswith("\n"):
            text += "\n"
        path = f"v{MOVED[name]}/{name}" if name in MOVED else name
        role = "device" if name in DEVICE_ONLY else "root"
        return self.world.api(path, text, self.world.tokens[role],
                              headers={"Content-Type": kind})

    def base(self, name, fields):
        """A request that would succeed, or for reads one that finds something."""
        if name in BODIES:
            body = BODIES[name](self.maker)
            return json.loads(body) if isinstance(body, str) else body
        if name.startswith(("auth.", "users.", "server.")):
            return {}
        return {field: self.ids[field] for field in fields if field in self.ids}

    def members(self, name, fields):
        """One member after the other hostile, beside others that are good."""
        if name in ENDS_SESSION:
            return
        for field in fields:
            for shape, make in SHAPES.items():
                for _ in range(4 if self.full else 1):
                    text = self.name()
                    answer = self.ask(name, {**self.base(name, fields), field: make(text)})
                    self.held(f"{name} with {text[:50]!r} as a {shape} in {field}", answer,
                              statuses(name))
                refused = f"{field} must be" in answer.body.decode(errors="replace")
                if not refused:
                    self.taken.setdefault((name, field), shape)

    def whole_body(self, name):
        """All members at once, each of the shape it takes: elements and compositions of them."""
        if name in ENDS_SESSION:
            return
        fields = [(field, shape) for (owner, field), shape in self.taken.items() if owner == name]
        count = 300 if self.full else 12
        some = list(paths.ELEMENTS) + self.rng.sample(self.deep, min(count, len(self.deep)))
        for raw in some:
            text = self.text(raw)
            body = {field: SHAPES[shape](text) for field, shape in fields}
            self.held(f"{name} with {text[:50]!r} everywhere", self.ask(name, body),
                      statuses(name))

    def queries(self, name, fields):
        """As arguments of a GET, escaped once by us or already by the attacker."""
        if name in ENDS_SESSION:
            return
        token = {"Authorization": f"Bearer {self.world.tokens['root']}"}
        path = f"v{MOVED[name]}/{name}" if name in MOVED else name
        for field in fields:
            raw = self.rng.choice(paths.ELEMENTS) + self.rng.choice(paths.TARGETS)
            for value in (urllib.parse.quote(raw, safe=""), urllib.parse.quote(raw, safe="%/\\")):
                answer = self.world.ask("api", "GET", f"/{path}?{field}={value}", token)
                self.held(f"{name} with {field}={value[:50]}", answer, (200, 400, 403, 404))

    def behind(self, name):
        """The endpoint's own name behind elements of the corpus is no endpoint."""
        for raw in self.rng.sample(paths.ELEMENTS, len(paths.ELEMENTS) if self.full else 3):
            path = urllib.parse.quote(raw, safe="%/\\;.~$`&=+:@!*'(),")
            for form in (f"/{path}{name}", f"/v2.9/{path}{name}", f"/{name}/{path}",
                         f"/{path}/{name}"):
                for port in ("api", "web"):
                    answer = self.world.ask(port, "GET", form if port == "api" else "/api" + form)
                    self.held(f"GET {form[:60]} on {port} without credentials", answer,
                              (400, 401, 404, 431))

    def headers(self):
        """Fields of the head that name something."""
        token = f"Bearer {self.world.tokens['root']}"
        for field in HEADERS:
            for raw in paths.ELEMENTS:
                value = raw.replace(b"\r", b"").replace(b"\n", b"").strip()
                for port, path in (("api", "/tasks.get_all?page_size=1"), ("web", "/"),
                                   ("files", "/inside/file.bin")):
                    request = (b"GET " + path.encode() + b" HTTP/1.1\r\n" +
                               (b"" if field == "Host" else b"Host: x\r\n") + b"Authorization: " +
                               token.encode() + b"\r\n" + field.encode() + b": " + value +
                               b"\r\nConnection: close\r\n\r\n")
                    got = self.world.raw(port, request)
                    status = int(got[9:12] or 0)
                    leaks = [s for s in self.forbidden if s in got]
                    self.report.ok(f"{field}: {value[:40]} on {port}", not leaks and status in
                                   (200, 206, 304, 400, 401, 403, 406, 416, 431), got[:200])

    def login(self):
        """Names of users and of keys."""
        for raw in paths.ELEMENTS[:15]:  # few: failed logins are counted
            basic = base64.b64encode(raw + b":" + raw).decode()
            answer = self.world.api("auth.login", {}, headers={"Authorization": f"Basic {basic}"})
            self.held(f"auth.login as {raw[:40]}", answer, (400, 401, 429, 431))
