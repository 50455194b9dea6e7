# SPDX-License-Identifier: Apache-2.0
"""Cookies and origins: what a browser adds by itself authorises no change a foreign page asked."""

from fixtures import Maker, snapshot
from routes import expected

JSON = {"Content-Type": "application/json"}


def run(world, report, full):
    token = world.login("KEYuser", "secret-of-user")
    cookie = {"Cookie": f"clearml_token_basic={token}"}
    basic = {"Authorization": "Basic S0VZdXNlcjpzZWNyZXQtb2YtdXNlcg=="}
    for port, path in (("api", "/auth.login"), ("web", "/api/auth.login")):
        set_cookie = world.ask(port, "POST", path, basic, b"").header("Set-Cookie")
        for attribute in ("HttpOnly", "SameSite=Lax", "Path=/"):
            report.ok(f"the cookie is {attribute}", attribute in set_cookie, set_cookie)
    own = world.urls["web"]
    foreign = ("https://evil.test", "null", "", own + ".evil.test", own + "/", own.upper(),
               own.replace("http:", "https:"), own.replace("127.0.0.1", "localhost"),
               "http://evil.test#" + own, own + "@evil.test", own + " https://evil.test", "*",
               own[:-1], "file://")
    changing_calls(world, report, cookie, own, foreign)
    for origin in foreign:
        headers = {**cookie, **JSON, "Origin": origin}
        answer = create(world, "POST", headers)
        report.same(f"a change by cookie from {origin!r}", answer.status, 403)
    for what, method, headers in (
        ("GET", "GET", {"Origin": own}),
        ("PUT", "PUT", {**JSON, "Origin": own}),
        ("no content type", "POST", {"Origin": own}),
        ("text/plain", "POST", {"Content-Type": "text/plain", "Origin": own}),
        ("a form", "POST", {"Content-Type": "application/x-www-form-urlencoded", "Origin": own}),
        ("json-lines", "POST", {"Content-Type": "application/json-lines", "Origin": own}),
        ("no origin at all", "POST", JSON),
        ("Sec-Fetch-Site cross-site", "POST", {**JSON, "Sec-Fetch-Site": "cross-site"}),
        ("Sec-Fetch-Site same-site", "POST", {**JSON, "Sec-Fetch-Site": "same-site"}),
        ("Sec-Fetch-Site none", "POST", {**JSON, "Sec-Fetch-Site": "none"}),
        ("a foreign origin that claims same-origin", "POST",
         {**JSON, "Origin": "https://evil.test", "Sec-Fetch-Site": "same-origin"}),
    ):
        answer = create(world, method, {**cookie, **headers})
        report.same(f"a change by cookie with {what}", answer.status, 403)
    answer = create(world, "POST", {**cookie, **JSON, "Origin": own})
    report.same("a change by cookie from our own page", answer.status, 200)
    answer = create(world, "POST", {**cookie, **JSON, "Sec-Fetch-Site": "same-origin"})
    report.same("a change by cookie, same-origin", answer.status, 200)
    answer = create(world, "GET", {"Authorization": f"Bearer {token}", **JSON})
    report.same("a bearer token may use GET, as the SDK does", answer.status, 200)
    answer = create(world, "POST", {**cookie, **JSON, "Authorization": "Bearer bad"})
    report.same("the header wins over the cookie", answer.status, 401)
    answer = world.ask("api", "GET", "/tasks.get_all", cookie)
    report.same("reading by cookie", answer.status, 200)
    sessions(world, report, own)
    files(world, report, cookie, own)
    cors(world, report, own, foreign)


def create(world, method, headers):
    return world.ask("api", method, "/tasks.create", headers,
                     b'{"name":"by cookie","type":"testing"}')


def changing_calls(world, report, cookie, own, foreign):
    """Every endpoint that is not read-only, by cookie from elsewhere."""
    maker = Maker(world)
    before = snapshot(world, maker)
    for name, (_, effect) in expected().items():
        if effect == "reads":
            continue
        for port, prefix in (("api", "/"), ("web", "/api/")):
            for method, headers in (("GET", {}), ("POST", {**JSON, "Origin": "https://evil.test"})):
                answer = world.ask(port, method, prefix + name, {**cookie, **headers}, b"{}")
                report.same(f"{method} {name} by cookie on {port}", answer.status, 403)
    report.same("nothing changed by cookie", snapshot(world, maker), before)


def sessions(world, report, own):
    """A foreign page can neither end a session nor renew one."""
    for name in ("auth.logout", "login.logout", "auth.login"):
        token = world.login("KEYuser", "secret-of-user")
        cookie = {"Cookie": f"clearml_token_basic={token}"}
        for headers in ({}, {**JSON, "Origin": "https://evil.test"}):
            answer = world.ask("api", "POST" if headers else "GET", "/" + name,
                               {**cookie, **headers}, b"{}")
            report.same(f"{name} by cookie from elsewhere", answer.status, 403)
            report.ok("no cookie is set", not answer.header("Set-Cookie"), answer.headers)
        report.same(f"the session outlived {name}",
                    world.api("users.get_current_user", {}, token).status, 200)
        answer = world.ask("api", "POST", "/" + name, {**cookie, **JSON, "Origin": own}, b"{}")
        report.same(f"{name} by cookie from our own page", answer.status, 200)


def files(world, report, cookie, own):
    world.upload("by/cookie.bin", b"kept", world.tokens["user"])
    multipart = {"Content-Type": "multipart/form-data; boundary=hostile"}
    body = (b'--hostile\r\nContent-Disposition: form-data; name="new.bin"; filename="f"\r\n\r\nx'
            b"\r\n--hostile--\r\n")
    for port in ("files", "web"):
        for origin in (own, "https://evil.test"):
            given = {**cookie, "Origin": origin}
            answer = world.file("DELETE", "/by/cookie.bin", None, port, given)
            report.same(f"DELETE by cookie on {port} from {origin}", answer.status, 403)
            answer = world.file("POST", "/", None, port, {**given, **multipart}, body)
            report.same(f"an upload by cookie on {port} from {origin}", answer.status, 403)
        answer = world.file("POST", "/delete_many", None, port,
                            {**cookie, **JSON, "Origin": "https://evil.test"},
                            b'{"files":["by/cookie.bin"]}')
        report.same(f"delete_many by cookie on {port}", answer.status, 403)
        answer = world.file("GET", "/by/cookie.bin", None, port, cookie)
        report.ok(f"a download by cookie on {port}", answer.body == b"kept", answer)


def cors(world, report, own, foreign):
    for port, path in (("api", "/debug.ping"), ("web", "/api/debug.ping"), ("files", "/"),
                       ("web", "/files/")):
        for origin in foreign:
            for method in ("GET", "OPTIONS"):
                answer = world.ask(port, method, path, {"Origin": origin})
                report.same(f"CORS for {origin!r} on {port}{path}",
                            answer.header("Access-Control-Allow-Origin"), "")
        answer = world.ask(port, "GET", path, {"Origin": own})
        report.same(f"CORS for our own page on {port}{path}",
                    (answer.header("Access-Control-Allow-Origin"),
                     answer.header("Access-Control-Allow-Credentials")), (own, "true"))
        report.ok("caches keep origins apart", "Origin" in answer.header("Vary"), answer.headers)
