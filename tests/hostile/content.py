# SPDX-License-Identifier: Apache-2.0
"""What users upload never runs in the server's origin, and what the server says tells no more than
it must."""

import os
import re
import urllib.parse

SHOWN = {"png": "image/png", "jpg": "image/jpeg", "jpeg": "image/jpeg", "gif": "image/gif",
         "webp": "image/webp", "bmp": "image/bmp", "avif": "image/avif"}
KEPT = ("html", "htm", "xhtml", "svg", "xml", "js", "mjs", "css", "json", "pdf", "txt", "swf", "md",
        "bin", "ipynb", "wasm", "pkl", "mht", "hta", "shtml", "php", "", "PNG ", "png.html", "svgz",
        "ico", "tiff", "mp4")
SCRIPT = b"<html><script>alert(document.domain)</script><svg onload=alert(1)>"


def run(world, report, full):
    token = world.tokens["user"]
    for ending in list(SHOWN) + list(KEPT) + ["HtMl", "PNG"]:
        name = f"content/file.{ending}" if ending else "content/file"
        answer = world.upload(name, SCRIPT, token)
        report.same(f"{name!r} is stored", answer.status, 200)
        for port in ("files", "web"):
            for query in ("", "?download=1", "?download=0"):
                path = "/" + urllib.parse.quote(name) + query
                answer = world.file("GET", path, token, port)
                served(report, f"{name!r}{query} on {port}", answer,
                       shown=ending.lower() in SHOWN and query != "?download=1")
                head = world.file("HEAD", path, token, port)
                report.same("HEAD says the same", head.header("Content-Disposition"),
                            answer.header("Content-Disposition"))
        part = world.file("GET", "/" + urllib.parse.quote(name), token,
                          headers={"Range": "bytes=0-3"})
        served(report, f"a part of {name!r}", part, shown=ending.lower() in SHOWN)
    odd_names(world, report, token)
    own_pages(world, report)
    error_texts(world, report, token)


def served(report, what, answer, shown):
    policy = answer.header("Content-Security-Policy")
    report.ok(f"{what}: nosniff", answer.header("X-Content-Type-Options") == "nosniff", answer)
    report.ok(f"{what}: sandbox", "sandbox" in policy and "allow-scripts" not in policy, policy)
    disposition = answer.header("Content-Disposition")
    if shown:
        report.ok(f"{what}: an image by its name alone",
                  answer.header("Content-Type") in SHOWN.values(), answer.headers)
    else:
        report.ok(f"{what}: an attachment", disposition.startswith("attachment"), disposition)


def odd_names(world, report, token):
    for name in ('a"b.html', "a;b.html", "a'b.html", "ü.html", "日本.png.html", "a%0d%0ab.html",
                 "a\\b.html", "a\tb", "a%22; filename=x.bin", "＜script＞.svg"):
        answer = world.upload(name, b"x", token)
        if answer.status != 200:
            report.ok(f"{name!r} is refused", 400 <= answer.status < 500, answer)
            continue
        stored = answer.json[0]
        answer = world.file("GET", "/" + urllib.parse.quote(stored), token)
        report.same(f"{name!r} comes back", answer.body, b"x")
        field = answer.header("Content-Disposition")
        report.ok(f"{name!r} breaks out of no field",
                  re.fullmatch(r"attachment; filename\*=UTF-8''[A-Za-z0-9._~%-]+", field), field)


def own_pages(world, report):
    page = world.ask("web", "GET", "/")
    policy = page.header("Content-Security-Policy")
    report.ok("the page's policy is strict", "default-src 'none'" in policy and
              "unsafe" not in policy and "*" not in policy and "http" not in policy and
              "frame-ancestors 'none'" in policy and "base-uri 'none'" in policy and
              "form-action 'none'" in policy, policy)
    text = page.body.decode()
    report.ok("no inline script or style", not re.search(r"<script|<style|\son\w+=|style=", text))
    report.ok("no outside host", not re.search(r'(src|href)="(https?:)?//', text))
    for port, path in (("web", "/"), ("web", "/style.css"), ("web", "/nothing"),
                       ("api", "/nothing"),
                       ("files", "/"), ("files", "/nothing"), ("api", "/debug.ping"),
                       ("api", "/health"), ("api", "/metrics"), ("web", "/api/debug.ping")):
        answer = world.ask(port, "GET", path)
        report.same(f"nosniff on {port}{path}", answer.header("X-Content-Type-Options"), "nosniff")
    for host in ("evil.test", "evil.test:80\"><script>", "<script>alert(1)</script>"):
        answer = world.raw("web", b"GET / HTTP/1.1\r\nHost: " + host.encode() + b"\r\n\r\n")
        report.ok("the page repeats no Host field", host.encode() not in answer, answer[:200])


def error_texts(world, report, token):
    """No path, address or name of the inside in what a caller is told."""
    inside = [world.folder.encode(), b"/data/", b"rocksdb", b"RocksDB", b".cc:", b"std::", b"0x",
              b"errno", b"openat", b"/tmp/", b"/home/", b"simdjson", b"rapidjson", b"Argon",
              os.path.basename(world.binary).encode() + b":"]
    answers = []
    for name, body in (
        ("tasks.get_all", "{"), ("tasks.get_all", "[]"), ("tasks.get_all", '{"name": "("}'),
        ("tasks.get_all", '{"scroll_id": "x", "size": 1}'), ("tasks.get_by_id", '{"task": "x"}'),
        ("tasks.get_all", '{"order_by": 5}'), ("tasks.get_all", '{"page": -1}'),
        ("tasks.get_all", '{"status_changed": ["x"]}'), ("events.add_batch", "{"),
        ("events.add", '{"type": "x"}'), ("models.get_by_id", "{}"), ("no.such", "{}"),
        ("queues.get_next_task", '{"queue": "x"}'), ("projects.create", '{"name": ""}'),
        ("server.config", '{"path": "x"}'), ("auth.create_user", '{"name": 5}'),
        ("tasks.get_all", '{"only_fields": {"a": 1}}'), ("users.get_by_id", '{"user": "x"}'),
    ):
        answers.append((name, world.api(name, body, world.tokens["root"])))
    for name, body in (("tasks.get_by_id", {"task": "é" * 500_000}),
                       ("tasks.enqueue", {"task": "x", "queue": "é" * 500_000}),
                       ("tasks.get_all", {"name": "(" + "é" * 500_000})):
        answer = world.api(name, body, token)
        report.ok(f"an error of {name} repeats no megabyte", len(answer.body) < 10_000 and
                  answer.status == 400, (len(answer.body), answer))
    for path in ("/content", "/content/none", "/%00", "/%ff", "/" + "x" * 5000):
        for method in ("GET", "DELETE", "PUT", "PATCH"):
            answers.append((path, world.file(method, path, token)))
    plain = {"Content-Type": "text/plain"}
    answers.append(("upload", world.file("POST", "/", token, headers=plain, body="x")))
    answers.append(("upload", world.upload("content/file.html/below", b"x", token)))
    answers.append(("upload", world.upload("content", b"x", token)))
    for what, answer in answers:
        leak = [text for text in inside if text in answer.body]
        report.ok(f"the answer about {what[:40]} tells nothing of the inside",
                  answer.status < 500 and not leak, (leak, answer))
