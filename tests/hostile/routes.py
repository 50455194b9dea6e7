# SPDX-License-Identifier: Apache-2.0
"""The route walk: every endpoint of the running server, asked by whoever must not be answered."""

import time

import wire
from world import DEVICE, HERE, ROLES

# Beside the endpoints that anyone may call, this is all that answers without credentials.
OPEN_PATHS = {
    "api": {("GET", "/health"), ("GET", "/ready"), ("GET", "/metrics")},
    "files": {("GET", "/"), ("GET", "/health"), ("GET", "/ready"), ("GET", "/metrics")},
    "web": {("GET", "/"), ("GET", "/style.css"), ("GET", "/files"), ("GET", "/files/"),
            ("GET", "/health"), ("GET", "/ready"), ("GET", "/metrics")},
}
# Open endpoints that take credentials of their own, and what they say to a request without any.
OPEN_REFUSALS = {"auth.login": (401, 429), "fleet.challenge": (400,), "fleet.enroll": (400,),
                 "fleet.sign_in": (400,)}
# Of a server that was built with them; the part `pages` wants them there.
PAGES = {("GET", "/login"), ("GET", "/fleet"), ("GET", "/report")}
PROBES = (
    "/", "//", "/health", "/ready", "/metrics", "/style.css", "/index.html", "/configuration.json",
    "/version.json", "/credentials.json", "/server.json", "/bootstrap.json", "/secrets.json",
    "/api", "/api/", "/files", "/files/", "/files/a.bin", "/a.bin", "/api/health", "/api/metrics",
    "/files/metrics", "/store/CURRENT", "/../secrets.json", "/files/../secrets.json",
    "/api/../secrets.json", "/.git/config", "/admin.sock", "/delete_many", "/files/delete_many",
    "/v2.23", "/v2.23/", "/api/v2.23", "*", "/login", "/fleet", "/report", "/fleet/", "/assets",
    "/assets/", "/assets/../secrets.json", "/live", "/live/", "/live/fleet",
)
METHODS = ("GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "ANYTHING")


def expected():
    """{endpoint: (set of roles, "anyone" among them where open; effect)} of authority.tsv."""
    table = {}
    for line in (HERE / "authority.tsv").read_text().splitlines():
        if line and not line.startswith("#"):
            name, roles, effect = line.split("\t")
            table[name] = (set(roles.split(",")), effect)
    return table


def bad_tokens(world):
    """Tokens that were good once, by what befell them."""
    tokens = {"garbage": "garbage", "empty": "", "spaces": "a b c"}
    pair = world.call("auth.create_credentials", {}, "user")["credentials"]
    tokens["key revoked"] = world.login(pair["access_key"], pair["secret_key"])
    world.call("auth.revoke_credentials", {"access_key": pair["access_key"]}, "user")
    tokens["logged out"] = world.login("KEYuser", "secret-of-user")
    world.api("auth.logout", {}, tokens["logged out"])
    world.add_user("gone", "root", key="KEYgone", secret="secret-of-gone")
    tokens["user disabled"] = world.login("KEYgone", "secret-of-gone")
    world.admin("disable", "gone")
    token = world.call("fleet.create_token", {"tractor": "revoked-tractor"})["token"]
    key = wire.Key(world.folder, "revoked-tractor")
    world.api("fleet.enroll", {"token": token, "tractor": "revoked-tractor",
                               "public_key": key.public.hex()})
    tokens["device revoked"] = world.sign_in("revoked-tractor", key)
    world.call("fleet.revoke", {"tractor": "revoked-tractor", "reason": "sold"})
    tokens["expired"] = world.login("KEYroot", "secret-of-root", seconds=1)
    time.sleep(2.1)
    return tokens


def run(world, report, full):
    table = expected()
    served = world.call("server.endpoints", role="root")["endpoints"]
    names = sorted({e["name"] for e in served})
    report.same("authority.tsv names each endpoint of the server", sorted(table), names)
    bad = bad_tokens(world)
    for name in names:
        roles, _ = table.get(name, ({"nobody"}, "reads"))
        if "anyone" in roles:
            answer = world.api(name, {})
            wanted = OPEN_REFUSALS.get(name, (200,))
            report.ok(f"{name} answers anyone", answer.status in wanted, answer)
            continue
        for port in ("api", "web"):
            answer = world.api(name, {}, port=port)
            report.ok(f"{name} without credentials on {port}",
                      answer.code == (401, 20) and answer.data == {}, answer)
        for what, token in bad.items():
            bare = {} if token else {"Authorization": "Bearer"}
            answer = world.api(name, {}, token, headers=bare)
            report.ok(f"{name} with a token: {what}",
                      answer.status == 401 and answer.data == {}, answer)
        basic = world.api(name, {}, headers={
            "Authorization": "Basic S0VZcm9vdDpzZWNyZXQtb2Ytcm9vdA=="})
        report.ok(f"{name} with Basic", basic.status == 401 and basic.data == {}, basic)
        for old in ("1.0", "2.1", "999.0"):
            answer = world.ask("api", "GET", f"/v{old}/{name}")
            report.ok(f"{name} version {old}", answer.status in (401, 404), answer)
    walk_paths(world, report)
    walk_metrics(world, report)
    walk_files(world, report, bad)


def walk_paths(world, report):
    """Anything that is not an endpoint: only the written few give an answer."""
    pages = PAGES if world.ask("web", "GET", "/login").status == 200 else set()
    for port, allowed in OPEN_PATHS.items():
        allowed = allowed | pages if port == "web" else allowed
        for path in PROBES:
            for method in METHODS:
                answer = world.ask(port, method, path)
                if method == "OPTIONS":
                    held = answer.status >= 400 or answer.body == b""
                elif ("GET" if method == "HEAD" else method, path) in allowed:
                    held = answer.status == 200
                elif path in ("/health", "/ready", "/metrics"):
                    held = True  # the same few bytes whatever the method
                elif port == "web" and path == "/style.css":
                    held = True
                else:
                    held = 400 <= answer.status < 500
                report.ok(f"{method} {path} on {port}", held, answer)


def walk_metrics(world, report):
    """A proxy on this machine speaks for others."""
    for port in ("api", "files", "web"):
        report.same(f"metrics on {port}", world.ask(port, "GET", "/metrics").status, 200)
        for field in ("X-Forwarded-For", "Forwarded", "X-Real-IP", "Via"):
            answer = world.ask(port, "GET", "/metrics", {field: "192.0.2.1"})
            report.same(f"metrics on {port} with {field}", answer.status, 403)


def walk_files(world, report, bad):
    world.upload("kept/file.bin", b"kept", world.tokens["user"])
    many = {"Content-Type": "application/json"}
    for port in ("files", "web"):
        for what, token in {"none": None, **bad}.items():
            for method, path, headers, body in (
                ("GET", "/kept/file.bin", {}, None),
                ("HEAD", "/kept/file.bin", {}, None),
                ("GET", "/no/such/file", {}, None),
                ("DELETE", "/kept/file.bin", {}, None),
                ("POST", "/delete_many", many, '{"files": ["kept/file.bin"]}'),
            ):
                answer = world.file(method, path, token, port, headers, body)
                report.ok(f"{method} {path} on {port} with {what}", answer.status == 401, answer)
            answer = world.upload("new.bin", b"new", token, port)
            report.ok(f"upload on {port} with {what}", answer.status == 401, answer)
        for role in ROLES:
            may = role not in ("annotator", "guest")
            token = world.tokens[role]
            answer = world.file("GET", "/kept/file.bin", token, port)
            report.ok(f"{role} reads on {port}", answer.body == b"kept", answer)
            answer = world.upload(f"by/{role}.bin", b"x", token, port)
            report.same(f"{role} uploads on {port}", answer.status, 200 if may else 403)
            found = world.file("GET", f"/by/{role}.bin", world.tokens["admin"]).status
            report.same(f"what {role} uploaded on {port}", found, 200 if may else 404)
            if not may:
                for method, path, headers, body in (
                    ("DELETE", "/kept/file.bin", {}, None),
                    ("POST", "/delete_many", many, '{"files": ["kept/file.bin"]}'),
                ):
                    answer = world.file(method, path, token, port, headers, body)
                    report.same(f"{role} {method} {path} on {port}", answer.status, 403)
        walk_device_files(world, report, port, many)
    answer = world.file("GET", "/kept/file.bin", world.tokens["user"])
    report.ok("the file outlived all of it", answer.body == b"kept", answer)


def walk_device_files(world, report, port, many):
    """A tractor reads bundles, reads and writes what is its own, and nothing else."""
    token = world.tokens["device"]
    world.upload("tractors/another/a.bin", b"another's", world.tokens["user"])
    for path, may in (("/bundles/hostile.bundle", True), ("/kept/file.bin", False),
                      ("/tractors/another/a.bin", False), ("/no/such/file", False),
                      ("/bundles/../kept/file.bin", False),
                      ("/bundles%2F..%2Fkept/file.bin", False),
                      (f"/tractors/{DEVICE}/../another/a.bin", False)):
        answer = world.file("GET", path, token, port)
        wanted = (200,) if may else (403, 400, 404)
        report.ok(f"device reads {path} on {port}", answer.status in wanted and
                  (may or b"kept" not in answer.body and b"another's" not in answer.body), answer)
    for path, may in ((f"tractors/{DEVICE}/new.bin", True), ("tractors/another/new.bin", False),
                      (f"tractors/{DEVICE}x/new.bin", False), ("bundles/new.bundle", False),
                      ("new.bin", False), (f"tractors/{DEVICE}/../another/new.bin", False)):
        answer = world.upload(path, b"new", token, port)
        report.ok(f"device writes {path} on {port}",
                  answer.status == 200 if may else answer.status in (400, 403, 404), answer)
        found = world.file("GET", "/" + path.replace(f"{DEVICE}/../", ""),
                           world.tokens["admin"]).status
        report.same(f"what it wrote to {path} on {port}", found, 200 if may else 404)
    for method, path, headers, body in (
        ("DELETE", f"/tractors/{DEVICE}/new.bin", {}, None),
        ("DELETE", "/kept/file.bin", {}, None),
        ("POST", "/delete_many", many, f'{{"files": ["tractors/{DEVICE}/new.bin"]}}'),
    ):
        answer = world.file(method, path, token, port, headers, body)
        report.same(f"device {method} {path} on {port}", answer.status, 403)
