# SPDX-License-Identifier: Apache-2.0
"""The web pages: what is served is a table, and their stream is for whoever is signed in."""

import re
import socket
import time
import urllib.parse

SHELLS = ("/login", "/fleet", "/report")


def run(world, report, full):
    assets = policies(world, report)
    names(world, report, assets, full)
    stream(world, report)
    bounds(world, report)


def policies(world, report):
    """Every document and all that it names."""
    assets = set()
    for path in SHELLS:
        page = world.ask("web", "GET", path)
        report.same(f"{path} is there", page.status, 200)
        text = page.body.decode()
        report.ok(f"{path} has nothing inline",
                  not re.search(r"<script(?![^>]*src=)|<style|\son\w+=|style=", text), text[:300])
        report.ok(f"{path} names no other host", not re.search(r'(src|href)="(https?:)?//', text))
        assets |= set(re.findall(r'(?:src|href)="(/assets/[^"]+)"', text))
    report.ok("the documents name their parts", len(assets) >= 4, assets)
    for path in SHELLS + tuple(sorted(assets)):
        page = world.ask("web", "GET", path)
        policy = page.header("Content-Security-Policy")
        report.ok(f"{path}: the policy is strict", "default-src 'none'" in policy and
                  "unsafe" not in policy and "*" not in policy and "http" not in policy and
                  "frame-ancestors 'none'" in policy and "base-uri 'none'" in policy and
                  "require-trusted-types-for 'script'" in policy, policy)
        report.same(f"{path}: nosniff", page.header("X-Content-Type-Options"), "nosniff")
        report.ok(f"{path}: sets no cookie", not page.header("Set-Cookie"))
        for method in ("POST", "PUT", "DELETE", "PATCH"):
            status = world.ask("web", method, path).status
            report.ok(f"{method} {path}", 400 <= status < 500, status)
    return assets


def names(world, report, assets, full):
    """No other spelling of a page's name gets anything."""
    for path in SHELLS + tuple(sorted(assets)):
        odd = [path + "/", path + "%00", path + ".gz", path + "~", path + "/..", "/." + path,
               "//" + path[1:], path.replace("/", "//"), path.replace("/", "\\"),
               path.replace("/", "%2f"), path.upper(), path[:-1], "/x/.." + path,
               "/assets/../.." + path, "/assets/%2e%2e/secrets.json", path + "/../secrets.json"]
        for name in odd:
            if name == path:
                continue
            answer = world.raw("web", b"GET " + name.encode() + b" HTTP/1.1\r\nHost: x\r\n"
                                      b"Connection: close\r\n\r\n")
            report.ok(f"{name} is nothing", re.match(rb"HTTP/1\.1 4\d\d ", answer), answer[:80])


def listen(world, token, cookie=False):
    """An open stream: (socket, the bytes so far)."""
    parts = urllib.parse.urlsplit(world.urls["web"])
    link = socket.create_connection((parts.hostname, parts.port), timeout=10)
    field = f"Cookie: clearml_token_basic={token}" if cookie else f"Authorization: Bearer {token}"
    link.sendall(f"GET /live/fleet HTTP/1.1\r\nHost: x\r\n{field}\r\n\r\n".encode())
    head = b""
    while b"\r\n\r\n" not in head:
        more = link.recv(4096)
        if not more:
            break
        head += more
    return link, head


def ended(link, seconds):
    """How long it took to end, by its last chunk or with the connection; None when it did not."""
    begun = time.monotonic()
    link.settimeout(0.2)
    seen = b""
    while time.monotonic() - begun < seconds:
        try:
            more = link.recv(65536)
            seen += more
            if not more or seen.endswith(b"\r\n0\r\n\r\n") or seen == b"0\r\n\r\n":
                return time.monotonic() - begun
        except TimeoutError:
            pass
        except ConnectionError:
            return time.monotonic() - begun
    return None


def stream(world, report):
    answer = world.ask("web", "GET", "/live/fleet")
    report.ok("no stream without a session", answer.status == 401, answer)
    for port in ("api", "files"):
        status = world.ask(port, "GET", "/live/fleet").status
        report.ok(f"no stream on {port}", 400 <= status < 500, status)
    for what in ("cookie", "bearer"):
        token = world.login("KEYguest", "secret-of-guest")
        link, head = listen(world, token, what == "cookie")
        report.ok(f"a stream by {what}", b" 200 " in head.split(b"\r\n")[0] and
                  b"text/event-stream" in head, head[:200])
        world.api("auth.logout", {}, token)
        took = ended(link, 5)
        report.ok(f"it ends with its session, by {what}", took is not None and took < 2, took)
        link.close()
    token = world.login("KEYguest", "secret-of-guest")
    for site in ("cross-site", "same-site"):
        answer = world.ask("web", "GET", "/live/fleet", {
            "Cookie": f"clearml_token_basic={token}", "Sec-Fetch-Site": site})
        report.ok(f"no stream for a page that is {site}", answer.status == 403, answer)
    link, head = listen(world, world.login("KEYguest", "secret-of-guest")[:-3] + "xxx")
    report.ok("no stream for a forged token", b" 401 " in head.split(b"\r\n")[0], head[:100])
    link.close()


def bounds(world, report):
    """One session cannot take all places, and what is given up is free again."""
    token = world.login("KEYguest", "secret-of-guest")
    links = [listen(world, token) for _ in range(12)]
    opened = sum(b" 200 " in head.split(b"\r\n")[0] for _, head in links)
    refused = [head for _, head in links if b" 200 " not in head.split(b"\r\n")[0]]
    report.same("eight streams of one session", opened, 8)
    report.ok("the others are told to come again", refused and all(
        b" 503 " in head.split(b"\r\n")[0] and b"Retry-After" in head for head in refused), refused)
    for link, _ in links:
        link.close()
    end = time.monotonic() + 10
    head = b""
    while time.monotonic() < end:
        link, head = listen(world, token)
        link.close()
        if b" 200 " in head.split(b"\r\n")[0]:
            break
        time.sleep(0.1)
    report.ok("places come free", b" 200 " in head.split(b"\r\n")[0], head[:100])
