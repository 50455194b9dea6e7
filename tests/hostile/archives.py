# SPDX-License-Identifier: Apache-2.0
"""Archives, images, tensors and pickles made to hurt are bytes to the server: kept whole, given
back whole as attachments, never opened, and gone when what names them is deleted."""

import gzip
import hashlib
import json
import os
import stat
import subprocess
import sys
import time
import urllib.parse

import archive_corpus
import content
from world import World

LARGE = 8 << 20
TRAILER = 64
BLOCK = 256 << 10


def run(world, report, full):
    folder = os.path.join(world.folder, "archives")
    here = World(world.binary, folder)
    places = {name: os.path.join(folder, name) for name in ("cwd", "tmp", "home")}
    for place in places.values():
        os.makedirs(place)
    try:
        here.start(cwd=places["cwd"], TMPDIR=places["tmp"], HOME=places["home"])
        marker = os.path.join(folder, "a-pickle-was-loaded")
        proves_itself(folder, report)
        before = listing(here)
        items = list(archive_corpus.corpus(marker))
        baseline = here.memory()
        stored = {route: send(here, report, route, items, full) for route in ROUTES}
        many = [archive_corpus.million_entries()]
        stored["artifacts"] += send(here, report, "artifacts", many, True)
        projects = register(here, report, stored)
        nothing_unpacked(here, report, before, stored)
        report.ok("no pickle was loaded", not os.path.exists(marker))
        bodies(here, report)
        grown = here.growth(baseline)
        report.ok("memory grew by little at the end", grown < here.memory_max, f"{grown >> 20} MB")
        gone(here, report, before, projects, stored)
        report.same("it ends in order", here.stop(), 0)
    finally:
        here.stop()


# What the SDK calls the same thing: where it uploads, and to which port.
ROUTES = {
    "artifacts": ("archives/run.{id}/artifacts/{name}/{name}", "files"),
    "models": ("archives/run.{id}/models/{name}", "web"),
    "parts": (".datasets/archives/set.{id}/artifacts/data/{name}", "files"),
    "images": ("archives/run.{id}/metrics/corpus/{name}", "web"),
}


def proves_itself(folder, report):
    """What is harmless to the server is not harmless: the pickles run where they are loaded."""
    proof = os.path.join(folder, "proof")
    for name, data in archive_corpus.pickles(proof):
        if name == "runs-2.pkl":
            subprocess.run([sys.executable, "-c", "import pickle, sys; pickle.loads("
                            "sys.stdin.buffer.read())"], input=data, check=True, timeout=60)
    report.ok("a pickle of the corpus runs where it is loaded", os.path.exists(proof))
    os.unlink(proof)


def send(here, report, route, items, full):
    """Uploads by one route and reads back; [(name, path below files/, size, sha256)]."""
    path, port = ROUTES[route]
    token = here.tokens["user"]
    stored = []
    for name, data in items:
        if len(data) > LARGE and not full and route != "artifacts":
            continue
        where = path.format(id="0" * 32, name=name)
        baseline = here.memory()
        here.forget_peak()
        answer = here.upload(where, data, token, port)
        report.ok(f"{name} is stored by {route}", answer.status == 200, answer)
        digest = hashlib.sha256(data).hexdigest()
        given_back(here, report, f"{name} of {route}", where, data, digest, port)
        grown = here.growth(baseline)
        report.ok(f"{name} by {route} costs under 64 MB", grown < here.memory_max,
                  f"{grown >> 20} MB")
        stored.append((name, where, len(data), digest))
    return stored


def given_back(here, report, what, where, data, digest, port):
    token, path = here.tokens["user"], "/" + urllib.parse.quote(where)
    whole = here.file("GET", path, token, port, {"Accept-Encoding": "gzip, deflate, br"})
    ending = where.rsplit(".", 1)[-1]
    report.ok(f"{what} comes back byte for byte", whole.body == data, whole.status)
    report.same(f"{what} is not encoded", whole.header("Content-Encoding"), "")
    report.same(f"{what} has its length", whole.header("Content-Length"), str(len(data)))
    report.same(f"{what} has its checksum", whole.header("ETag"), f'"{digest}"')
    content.served(report, what, whole, shown=ending in content.SHOWN)
    head = here.file("HEAD", path, token, port)
    report.same(f"HEAD of {what}", (head.status, head.header("Content-Length")),
                (200, str(len(data))))
    first = len(data) // 3
    part = here.file("GET", path, token, port, {"Range": f"bytes={first}-{first + 99}"})
    report.ok(f"a part of {what}", part.status == 206 and part.body == data[first:first + 100],
              part)


def register(here, report, stored):
    """As the SDK does: artifacts of a task, models, a data set, debug images."""
    base = here.urls["files"]

    def uri(where):
        return f"{base}/{urllib.parse.quote(where)}"

    def rows(route, kind):
        return [{"key": name, "type": kind, "mode": "output", "uri": uri(where), "hash": digest,
                 "content_size": size, "display_data": [["content", "a zip"]],
                 "type_data": {"content_type": "application/zip", "preview": "rows"}}
                for name, where, size, digest in stored[route]]

    at = project(here, "archives")
    run_id = here.call("tasks.create", {"name": "archives", "type": "training", "project": at},
                       "user")["id"]
    parts = here.call("tasks.create", {
        "name": "archives", "type": "data_processing", "system_tags": ["dataset", "hidden"],
        "project": project(here, ".datasets/archives")}, "user")["id"]
    for task, route, kind in ((run_id, "artifacts", "archive"), (parts, "parts", "custom")):
        here.call("tasks.started", {"task": task}, "user")
        answer = here.api("tasks.add_or_update_artifacts",
                          {"task": task, "artifacts": rows(route, kind)}, here.tokens["user"])
        report.ok(f"{route} are registered", answer.status == 200, answer)
        kept = here.call("tasks.get_by_id", {"task": task}, "user")["task"]["execution"]
        kept = {(row["key"], row["uri"], row["hash"], row["content_size"])
                for row in kept["artifacts"]}
        wanted = {(n, uri(w), digest, size) for n, w, size, digest in stored[route]}
        report.same(f"{route} are kept as registered", kept ^ wanted, set())
    for name, where, _, _ in stored["models"]:
        model = here.call("models.create", {"name": name, "uri": uri(where), "task": run_id,
                                            "project": at, "framework": "PyTorch"}, "user")["id"]
        kept = here.call("models.get_by_id", {"model": model}, "user")["model"]
        report.same(f"the model {name}", (kept["name"], kept["uri"]), (name, uri(where)))
    lines = "".join(json.dumps({"type": "training_debug_image", "task": run_id, "iter": 0,
                                "metric": "corpus", "variant": name, "url": uri(where),
                                "key": where}) + "\n" for name, where, _, _ in stored["images"])
    answer = here.api("events.add_batch", lines, here.tokens["user"],
                      headers={"Content-Type": "application/json-lines"})
    report.ok("images are registered", answer.status == 200, answer)
    shown = here.call("events.debug_images", {"metrics": [{"task": run_id}], "iters": 1}, "user")
    shown = {e["url"] for m in shown["metrics"] for i in m["iterations"] for e in i["events"]}
    report.same("images are shown as registered", shown, {uri(w) for _, w, _, _ in
                                                          stored["images"]})
    return ["archives", ".datasets/archives"]


def project(here, name):
    here.call("projects.create", {"name": name, "description": ""}, "user")
    return find(here, name)


def find(here, name):
    found = here.call("projects.get_all", {"search_hidden": True, "page_size": 500}, "user")
    return next(p["id"] for p in found["projects"] if p["name"] == name)


def listing(here):
    """{path: lstat} of all there is beside the store and the log."""
    found = {}
    for base, folders, names in os.walk(here.folder):
        for name in folders + names:
            path = os.path.join(base, name)
            short = os.path.relpath(path, here.folder)
            if short.startswith(("data/store", "server.log")):
                continue
            try:
                found[short] = os.lstat(path)
            except FileNotFoundError:
                continue  # deleted meanwhile
    return found


def nothing_unpacked(here, report, before, stored):
    wanted = {}
    for route in stored.values():
        for _, where, size, _ in route:
            wanted["data/files/" + where] = size + 4 * -(-size // BLOCK) + TRAILER
    folders = {os.path.dirname(path) for path in wanted}
    while parents := {os.path.dirname(f) for f in folders} - folders - {""}:
        folders |= parents
    after = listing(here)
    made = {path: about for path, about in after.items() if path not in before}
    files = {path: about.st_size for path, about in made.items() if not stat.S_ISDIR(about.st_mode)}
    report.same("one file for each upload, and no other anywhere", files, wanted)
    report.same("no folder beside theirs", {p for p, a in made.items() if stat.S_ISDIR(a.st_mode)} -
                folders, set())
    odd = {path: oct(about.st_mode) for path, about in made.items() if about.st_mode not in
           (stat.S_IFREG | 0o600, stat.S_IFDIR | 0o700) or
           (stat.S_ISREG(about.st_mode) and about.st_nlink != 1)}
    report.same("regular files and folders for their owner only, no second names", odd, {})
    climbed = [path for path in tree_names(os.path.dirname(here.folder)) if "climbed" in path]
    report.ok("nothing climbed out", not climbed, climbed)


def tree_names(folder):
    for base, folders, names in os.walk(folder):
        yield from (os.path.join(base, name) for name in folders + names)


def bodies(here, report):
    """Compressed bodies that would be gigabytes: refused by their heads, whatever they hold."""
    data = dict(archive_corpus.streams())
    token = {"Authorization": f"Bearer {here.tokens['user']}"}
    call = gzip.compress(b'{"name": "' + bytes(1 << 20).replace(b"\0", b"x") + b'"}')
    for coding, body in (("gzip", data["bomb.gz"]), ("x-gzip", call), ("zstd", data["bomb.zst"]),
                         ("bzip2", data["bomb.bz2"]), ("xz", data["bomb.xz"]),
                         ("gzip, gzip", gzip.compress(data["bomb.gz"], 1))):
        for port, path, kind in (
                ("api", "/tasks.get_all", "application/json"),
                ("api", "/events.add_batch", "application/json-lines"),
                ("web", "/api/tasks.get_all", "application/json"),
                ("files", "/", "multipart/form-data; boundary=x"),
                ("files", "/delete_many", "application/json"),
                ("web", "/files/", "multipart/form-data; boundary=x")):
            for how, named in (("Content-Encoding", 415), ("Transfer-Encoding", 400), (None, 400)):
                fields = {**token, "Content-Type": kind, **({how: coding} if how else {})}
                baseline = here.memory()
                here.forget_peak()
                try:
                    status = here.ask(port, "POST", path, fields, body).status
                except OSError:  # it closed before it read the rest: as good
                    status = named
                report.same(f"a body of {coding} by {how} to {port}{path}", status, named)
                grown = here.growth(baseline)
                report.ok(f"and it costs under 64 MB ({coding}, {how}, {port}{path})",
                          grown < here.memory_max, f"{grown >> 20} MB")
    kind = {**token, "Content-Type": "multipart/form-data; boundary=x"}
    for field, wanted in ((b"Content-Transfer-Encoding: base64", 400), (b"Content-Encoding: gzip",
                                                                        200)):
        part = (b'--x\r\nContent-Disposition: form-data; name="archives/coded.gz"; filename="f"\r\n'
                + field + b"\r\nContent-Type: application/gzip\r\n\r\n" + call + b"\r\n--x--\r\n")
        answer = here.ask("files", "POST", "/", kind, part)
        report.same(f"a part that says {field.decode()}", answer.status, wanted)
    answer = here.file("GET", "/archives/coded.gz", here.tokens["user"])
    report.ok("it is kept as it came", answer.body == call and
              answer.header("Content-Encoding") == "", answer.status)
    report.same("and can be deleted", here.file("DELETE", "/archives/coded.gz",
                                                here.tokens["user"]).status, 200)


def gone(here, report, before, projects, stored):
    """Deleting the projects deletes every file of theirs, and opens none."""
    baseline = here.memory()
    here.forget_peak()
    for name in projects:
        answer = here.api("projects.delete", {
            "project": find(here, name), "force": True, "delete_contents": True,
            "delete_external_artifacts": True}, here.tokens["user"])
        report.ok(f"{name} is deleted", answer.status == 200, answer)
    deadline = time.monotonic() + 60
    left = True
    while left and time.monotonic() < deadline:
        left = [p for p, a in listing(here).items()
                if p not in before and not stat.S_ISDIR(a.st_mode)]
        time.sleep(0.1)
    report.ok("no file is left", not left, left)
    token = here.tokens["user"]
    for route in stored.values():
        for name, where, _, _ in route:
            answer = here.file("GET", "/" + urllib.parse.quote(where), token)
            report.same(f"{name} is gone", answer.status, 404)
    grown = here.growth(baseline)
    report.ok("deleting costs under 64 MB", grown < here.memory_max, f"{grown >> 20} MB")
