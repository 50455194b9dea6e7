# SPDX-License-Identifier: Apache-2.0
"""Names that try to leave their root, on everything that takes a name; watched on the disk."""

import itertools
import json
import os
import random

from world import Wire, tree

CANARY = b"CANARY-that-no-answer-holds"
# Raw bytes as they go on the wire in a URL; each is also put into JSON and multipart names.
ELEMENTS = (
    b"../", b"..\\", b"./", b"//", b"/", b"%2e%2e%2f", b"%2E%2E/", b"..%2f", b"%2e%2e%5c",
    b"%252e%252e%252f", b"%25252e/", b";/../", b"..;/", b".../", b"....//", b".. /", b"..%00/",
    b"%00", b"%c0%ae%c0%ae/", b"%c0%af", b"%e0%80%af", b"%u002e%u002e/", b"%ff%fe/", b"C:\\",
    b"C:/", b"\\\\host\\share\\", b"file:///", b"~/", b"a/../", b"a/./", b"a/%2e%2e/", b"x" * 255,
    b"x" * 256, b"x" * 4096, b"a" * 250 + b"/", b".", b"a.", b"a. ", b"con", b"$HOME/", b"`id`/",
    b"%0d%0aX: y/", b"%7f", b"\xe2\x80\xae", b"..%ef%bc%8f", b"tmp/", b"files/", b"link/",
)
TARGETS = (b"canary.txt", b"secrets.json", b"bootstrap.json", b"etc/passwd")


def corpus(full, rng):
    """Elements composed one to three deep, each with something to reach for behind it."""
    yield from ELEMENTS
    for depth, few in ((2, 400), (3, 250)):
        every = list(itertools.product(ELEMENTS, repeat=depth))
        for parts in every if full else rng.sample(every, few):
            yield b"".join(parts)
    for depth in range(1, 20):
        yield b"../" * depth
        yield b"%2e%2e%2f" * depth
        yield b"a/" * depth + b"../" * (depth + 1)


def run(world, report, full):
    rng = random.Random(20)
    plant(world)
    before = outside(world)
    names = list(corpus(full, rng))
    served_files(world, report, names, rng, full)
    api_names(world, report, names, rng, full)
    artifacts(world, report)
    report.same("nothing outside the root was written, changed or deleted", outside(world), before)
    for folder, _, found in os.walk(os.path.join(world.data, "files")):
        for name in found + [""]:
            if os.path.islink(os.path.join(folder, name)):
                continue  # planted
            path = os.path.realpath(os.path.join(folder, name))
            if not path.startswith(os.path.realpath(os.path.join(world.data, "files"))):
                report.ok("what lies below files/ is there", False, path)
    left = os.listdir(os.path.join(world.data, "tmp"))
    report.same("no upload left anything half done", left, [])


def plant(world):
    """Canaries around the root, and links in it that lead out."""
    for folder in (world.folder, world.data, os.path.join(world.folder, "etc")):
        os.makedirs(folder, exist_ok=True)
        with open(os.path.join(folder, "canary.txt"), "wb") as file:
            file.write(CANARY)
    with open(os.path.join(world.folder, "etc", "passwd"), "wb") as file:
        file.write(CANARY)
    world.upload("inside/file.bin", b"inside", world.tokens["user"])
    files = os.path.join(world.data, "files")
    for name, to in (("link", "../.."), ("inside/link", "../.."), ("file-link", "../canary.txt"),
                     ("absolute", world.folder)):
        os.symlink(to, os.path.join(files, name))


def outside(world):
    """All there is beside the store, the uploaded files and the log."""
    return {path: content for path, content in tree(world.folder).items()
            if not path.startswith(("data/files/", "data/store/", "server.log"))}


def secrets(world):
    with open(os.path.join(world.data, "bootstrap.json")) as file:
        first = json.load(file)
    return [CANARY, first["admin"]["password"].encode(), b"root:x:0", b"token_key"]


def served_files(world, report, names, rng, full):
    token = world.tokens["user"].encode()
    forbidden = secrets(world)
    wires = {port: Wire(world, port) for port in ("files", "web", "api")}
    prefixes = {"files": b"/", "web": b"/files/", "api": b"/"}

    def send(port, method, path, headers=b"", body=b""):
        request = (method + b" " + path + b" HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer " +
                   token + b"\r\nContent-Length: %d\r\n" % len(body) + headers + b"\r\n")
        return wires[port].ask(request + body)

    for index, name in enumerate(names):
        path = name + TARGETS[index % len(TARGETS)]
        for port in ("files", "web") if full or index % 4 == 0 else ("files",):
            for method in (b"GET", b"DELETE"):
                status, head, body = send(port, method, prefixes[port] + path.replace(b" ", b"%20"))
                leaks = any(secret in head + body for secret in forbidden)
                # What was uploaded below under an odd name is a file like any other.
                held = status in (200, 400, 404, 431) and not leaks
                report.ok(f"{method} {path[:80]} on {port}", held, (status, body))
        if index % 3 == 0:
            status, _, body = upload(send, "files", path)
            held = status in (200, 400, 404, 409)
            report.ok(f"upload as {path[:80]}", held, (status, body))
    climbing = [b"../canary.txt", b"%2e%2e%2fcanary.txt", b"a/../../canary.txt", b"./canary.txt",
                b"..%2fcanary.txt", b"%00", b"a%00b", b"%c0%ae%c0%ae/canary.txt", b"%ff",
                b"link/canary.txt", b"link/data/secrets.json", b"inside/link/canary.txt",
                b"file-link", b"absolute/canary.txt", b"x" * 4096, b"a/" * 3000]
    for path in climbing:
        for method in (b"GET", b"DELETE"):
            for port in ("files", "web"):
                if (method, path) == (b"DELETE", b"file-link"):
                    continue  # the link itself lies inside and may go
                status, _, body = send(port, method, prefixes[port] + path)
                report.ok(f"{method} {path[:60]} on {port} finds nothing",
                          status in (400, 404), (status, body))
    for name in (b"../up.bin", b"a/../../up.bin", b"..", b".", b"", b"/", b"a\0b",
                 b"\xc0\xae\xc0\xae/up",
                 b"link/up.bin", b"file-link/up.bin", b"absolute/up.bin", b"x" * 4097, b"y" * 256,
                 b"a\r\nX-Injected: 1"):
        status, _, body = upload(send, "files", name)
        report.ok(f"upload as {name[:40]!r} is refused", 400 <= status < 500, (status, body))
    delete_many(send, report, names, full)
    status, _, body = send("files", b"GET", b"/inside/file.bin")
    report.ok("the file that was there is there", (status, body) == (200, b"inside"), status)
    for wire in wires.values():
        wire.close()


def upload(send, port, name):
    body = (b'--hostile\r\nContent-Disposition: form-data; name="' + name +
            b'"; filename="../../f"\r\n\r\nuploaded\r\n--hostile--\r\n')
    kind = b"Content-Type: multipart/form-data; boundary=hostile\r\n"
    return send(port, b"POST", b"/", kind, body)


def delete_many(send, report, names, full):
    texts = [(name + TARGETS[i % len(TARGETS)]).decode("latin-1") for i, name in enumerate(names)
             if len(name) < 600]
    texts += ["", "/", ".", "..", "../canary.txt", "../secrets.json", "../../canary.txt", "link",
              "link/canary.txt", "absolute/canary.txt", "%2e%2e", "\0", "a\0b"]
    for at in range(0, len(texts), 200):
        part = [t for t in texts[at:at + 200] if not t.startswith("inside")]
        status, _, body = send("files", b"POST", b"/delete_many",
                               b"Content-Type: application/json\r\n",
                               json.dumps({"files": part}).encode())
        report.same("delete_many answers", status, 200)


def api_names(world, report, names, rng, full):
    """Names, addresses and ids of the API: stored as they are or refused, never a failure."""
    calls = {
        "projects.create": lambda n: {"name": n, "description": n},
        "projects.get_all": lambda n: {"name": n, "id": [n], "parent": [n]},
        "tasks.create": lambda n: {"name": "task " + n, "type": "testing", "output_dest": n,
                                   "script": {"repository": n, "entry_point": n, "diff": n}},
        "tasks.get_by_id": lambda n: {"task": n},
        "tasks.enqueue": lambda n: {"task": n, "queue": n, "queue_name": n},
        "tasks.delete": lambda n: {"task": n, "force": True, "delete_external_artifacts": True},
        "models.create": lambda n: {"name": "model " + n, "uri": n, "framework": n},
        "models.get_all": lambda n: {"uri": [n], "name": n},
        "queues.create": lambda n: {"name": n},
        "queues.get_all": lambda n: {"name": n},
        "queues.get_next_task": lambda n: {"queue": n},
        "workers.register": lambda n: {"worker": n, "queues": []},
        "workers.get_all": lambda n: {"worker_pattern": n},
        "serving.register_container": lambda n: {"container_id": n, "endpoint_name": n,
                                                 "model_name": n, "endpoint_url": n},
        "events.add": lambda n: {"type": "training_debug_image", "task": n, "metric": n,
                                 "variant": n, "iter": 0, "url": "file:///" + n, "key": n},
        "events.get_debug_image_sample": lambda n: {"task": n, "metric": n, "variant": n},
        "users.set_preferences": lambda n: {"preferences": {n: n}},
        "server.config": lambda n: {"path": n},
        "auth.create_user": lambda n: {"name": n, "company": n, "email": n},
    }
    forbidden = secrets(world)
    few = [n for n in names if n in ELEMENTS] + rng.sample(names, 1500 if full else 30)
    for name in few:
        texts = {name.decode("latin-1") + "canary.txt"}
        try:
            texts.add(name.decode())
        except UnicodeDecodeError:
            pass
        if name == b"%00":
            texts |= {"\0", "a\0b", "../\0"}
        for text in texts:
            for call, body in calls.items():
                answer = world.api(call, body(text), world.tokens["root"])
                held = answer.status in (200, 400) and not any(s in answer.body for s in forbidden)
                report.ok(f"{call} with {text[:60]!r}", held, answer)
    for name in ELEMENTS:
        path = b"/" + name.replace(b" ", b"%20") + b"tasks.get_all"
        status, _, body = Wire(world, "api").ask(
            b"GET " + path + b" HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n")
        report.ok(f"an endpoint behind {name[:40]}", status in (400, 401, 404, 431), (status, body))


def artifacts(world, report):
    """Whatever a task says its files are called, deleting it deletes nothing outside."""
    base = world.urls["files"]
    uris = [f"{base}/{evil}" for evil in
            ("../canary.txt", "../secrets.json", "%2e%2e/canary.txt", "..%2fcanary.txt",
             "link/canary.txt", "a/../../canary.txt", "%252e%252e/canary.txt", "", "/", ".", "..")]
    uris += ["file://" + os.path.join(world.folder, "canary.txt"), "/etc/passwd", "file:///",
             os.path.join(world.data, "canary.txt"), base + "@evil.test/x", "http://[::1", "\0"]
    for name in ("tasks.delete", "tasks.delete_many", "tasks.reset"):
        task = world.call("tasks.create", {"name": "evil", "type": "testing", "output_dest": base})
        task = task["id"]
        rows = [{"key": f"a{i}", "type": "custom", "uri": uri} for i, uri in enumerate(uris)]
        answer = world.api("tasks.add_or_update_artifacts",
                           {"task": task, "artifacts": rows, "force": True}, world.tokens["user"])
        report.ok("artifacts are taken or refused", answer.status in (200, 400), answer)
        for i, uri in enumerate(uris):
            world.api("models.create", {"name": f"model {i}", "uri": uri, "task": task},
                      world.tokens["user"])
            world.api("events.add", {"type": "training_debug_image", "task": task, "metric": "m",
                                     "variant": "v", "iter": i, "url": uri}, world.tokens["user"])
        body = {"task": task, "ids": [task], "force": True, "delete_external_artifacts": True,
                "return_file_urls": True, "delete_output_models": True}
        answer = world.api(name, body, world.tokens["user"])
        report.ok(f"{name} of a task with evil addresses", answer.status == 200, answer)
