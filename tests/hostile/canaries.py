# SPDX-License-Identifier: Apache-2.0
"""Planted secrets are looked for in everything the server leaves: data, logs, backup, memory."""

import base64
import os
import resource
import secrets as random_secrets
import signal
import socket
import subprocess
import time

from world import World, tree

READ_AT_ONCE = 16 << 20


def run(world, report, full):
    mark = random_secrets.token_hex(8)
    planted = {
        "password": f"canary-password-{mark}-of-a-user",
        "secret key": f"canary-secret-{mark}-of-a-credential",
        "wrong password": f"canary-wrong-{mark}-guess",
        "wrong secret": f"canary-guess-{mark}-secret",
        "bad token": f"canary-token-{mark}-made-up",
        "cookie": f"canary-cookie-{mark}-made-up",
        "token in pieces": "canary" + random_secrets.token_hex(200),
        "token of a bad request": "canary" + random_secrets.token_hex(200),
        "token in a body": "canary" + random_secrets.token_hex(200),
    }
    folder = os.path.join(world.folder, "canaries")
    here = World(world.binary, folder)
    try:
        os.makedirs(here.data)
        here.add_user("canary", "user", password=planted["password"], key="KEYcanary",
                      secret=planted["secret key"])
        here.start(level="trace")
        use(here, planted, report)
        # Given out by the server itself.
        pair = here.call("auth.create_credentials", {"label": "canary"}, "user")["credentials"]
        planted["made secret key"] = pair["secret_key"]
        planted["token of the made key"] = here.login(pair["access_key"], pair["secret_key"])
        here.api("users.get_current_user", {}, planted["token of the made key"])
        planted["token's signature"] = planted["token of the made key"].rsplit(".", 1)[1]
        first = open(os.path.join(here.data, "bootstrap.json")).read()
        password = first.split('"password": "')[1].split('"')[0]
        busy(here)
        in_memory(here, planted, password, report)
        backup(here, planted, report)
        limits(here, report)
        report.same("it ends in order", here.stop(), 0)
        no_core(here, report)
        in_files(here, planted, password, report)
    finally:
        here.stop()


def basic(name, secret):
    return {"Authorization": "Basic " + base64.b64encode(f"{name}:{secret}".encode()).decode()}


def use(here, planted, report):
    for name, secret, wanted in (("canary", "password", 200), ("KEYcanary", "secret key", 200),
                                 ("canary", "wrong password", 401),
                                 ("KEYcanary", "wrong secret", 401)):
        for port in ("api", "web"):
            answer = here.api("auth.login", {}, port=port, headers=basic(name, planted[secret]))
            report.same(f"login with a {secret}", answer.status, wanted)
    here.api("tasks.get_all", {}, planted["bad token"])
    here.ask("api", "GET", "/tasks.get_all",
             {"Cookie": "clearml_token_basic=" + planted["cookie"]})
    here.file("GET", "/x", planted["bad token"])
    in_pieces(here, planted["token in pieces"])
    for end in (b"\r\nHost: again\r\n\r\n", b"\n\n"):
        here.raw("api", f"GET /debug.ping HTTP/1.1\r\nHost: x\r\nX-Pad: {'p' * 7000}\r\n"
                 f"Authorization: Bearer {planted['token of a bad request']}".encode() + end)
    here.api("auth.validate_token", {"token": planted["token in a body"]}, here.tokens["admin"])


def in_pieces(here, token):
    """A head that is read twice until it is whole, its secret where later ones do not reach."""
    with socket.create_connection(here.address("api"), timeout=20) as connection:
        connection.sendall(f"GET /debug.ping HTTP/1.1\r\nHost: x\r\nX-Pad: {'p' * 12000}\r\n"
                           f"Authorization: Bearer {token}".encode())
        time.sleep(0.05)
        connection.sendall(b"\r\n\r\n")
        connection.recv(65536)


def busy(here):
    """Other requests, so that buffers are used again as they would be."""
    for n in range(200):
        here.api("tasks.get_all", {"name": "x" * (n * 20)}, here.tokens["user"])
        here.api("debug.ping", {"n": n})


def spellings(text):
    """As they are, and as they cross the wire; of a long one of ours, any part as well."""
    raw = text.encode()
    forms = {raw, raw[3:-3]}
    if raw.startswith(b"canary"):
        forms |= {raw[at:at + 32] for at in range(0, len(raw) - 32, 16)}
    for pad in range(3):
        whole = base64.b64encode(b"\0" * pad + raw)
        forms.add(whole[4:-4])
    return forms


def memory_of(pid):
    """(mapping, address, bytes) of each writable mapping, in pieces, as a core would hold them."""
    with open(f"/proc/{pid}/maps") as maps, open(f"/proc/{pid}/mem", "rb", 0) as memory:
        for line in maps:
            span, rights = line.split()[:2]
            if not rights.startswith("rw") or "[v" in line:
                continue
            begin, end = (int(x, 16) for x in span.split("-"))
            for at in range(begin, end, READ_AT_ONCE):
                try:
                    memory.seek(at)
                    # The pieces overlap, so that nothing hides on a border.
                    yield line.strip(), at, memory.read(min(READ_AT_ONCE + 4096, end - at))
                except (OSError, ValueError):
                    continue


def in_memory(here, planted, first_password, report):
    if here.guard.sanitized:
        return  # the sanitizer keeps what was freed; how the program shipped holds it, counts
    try:
        pieces = list(memory_of(here.process.pid))
    except OSError as error:
        report.ok("the memory cannot even be read", error.errno in (1, 13), error)
        return
    report.ok("the memory was read", sum(len(read) for _, _, read in pieces) > 1 << 20)
    report.ok("and what must be there was found", places(pieces, here.data.encode()))
    for what, text in {**planted, "first password": first_password}.items():
        found = [place for form in spellings(text) for place in places(pieces, form)]
        if not report.ok(f"no {what} in memory", not found, found[:1]):
            print("\n".join(found), flush=True)


def places(pieces, form):
    """Where `form` lies, with what lies around it: who left it there shows in the neighbours."""
    return [f"{mapping}\n  {address + at:#x}: {read[max(0, at - 256):at + len(form) + 64]!r}"
            for mapping, address, read in pieces if (at := read.find(form)) >= 0]


def in_files(here, planted, first_password, report):
    left = tree(here.folder)
    for what, text in {**planted, "first password": first_password}.items():
        for form in spellings(text):
            found = [path for path, content in left.items() if form in content]
            # The first password stands where its owner reads it: there, and on the first screen.
            if what == "first password":
                found = [p for p in found if p not in ("data/bootstrap.json", "server.log") and
                         left[p] != left["data/bootstrap.json"]]
            report.ok(f"no {what} in data or logs", not found, found)
    for path in left:
        mode = os.stat(os.path.join(here.folder, path)).st_mode & 0o777
        if left[path] in (left["data/bootstrap.json"], left["data/secrets.json"]):
            report.same(f"the mode of {path}", mode, 0o600)


def backup(here, planted, report):
    out = os.path.join(here.folder, "backup-out")
    made = here.command("backup", out, "--data", here.data)
    report.same("a backup is made", made.returncode, 0)
    for what, text in planted.items():
        for form in spellings(text):
            found = [path for path, content in tree(out).items() if form in content]
            report.ok(f"no {what} in a backup", not found and form.decode("latin-1") not in
                      made.stdout + made.stderr, found)


def limits(here, report):
    with open(f"/proc/{here.process.pid}/limits") as file:
        core = next(line for line in file if line.startswith("Max core file size"))
    report.same("no core is written", core.split()[4:6], ["0", "0"])


def dumps_core(pid):
    """Whether a process that ends by SIGABRT leaves a core, with no limit in its way if we may."""
    try:
        resource.prlimit(pid, resource.RLIMIT_CORE, (-1, -1))
    except (OSError, ValueError):
        print("  (the limit of cores cannot be lifted here: it is what is tried)", flush=True)
    os.kill(pid, signal.SIGABRT)
    return os.WCOREDUMP(os.waitpid(pid, 0)[1])


def no_core(here, report):
    """An aborted server leaves none; where the limit may be lifted, not even without it."""
    folder = os.path.join(here.folder, "core")
    os.makedirs(folder)
    here.start(users=False, cwd=folder)
    report.ok("no core of the server is written", not dumps_core(here.process.pid))
    here.process = None
    here.stop()
    report.same("nor is there one", os.listdir(folder), [])
    other = subprocess.Popen(["/bin/sleep", "60"], cwd=folder, stdin=subprocess.DEVNULL)
    if not dumps_core(other.pid):
        print("  (no process here leaves a core, so the last two say little)", flush=True)
    other.returncode = 0
