# SPDX-License-Identifier: Apache-2.0
"""HTTP itself abused: sizes, framings and heads that two readers could read in two ways."""

import socket
import threading
import time

from world import read_answer, status_of



def run(world, report, full):
    baseline = world.memory()
    world.forget_peak()
    for port in ("api", "files", "web"):
        heads(world, report, port)
        smuggling(world, report, port)
        sizes(world, report, port)
    encodings(world, report)
    chunks(world, report, full)
    strangers(world, report)
    report.ok("memory grew by less than 64 MB", world.growth(baseline) < world.memory_max,
              world.growth(baseline))


def closed_after(world, port, data, follow=b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n"):
    """(status of the first answer, whether the server then closed instead of reading on)."""
    with socket.create_connection(world.address(port), timeout=10) as connection:
        connection.settimeout(10)
        try:
            connection.sendall(data)
        except OSError:
            pass
        first = read_answer(connection)
        try:
            connection.sendall(follow)
            connection.shutdown(socket.SHUT_WR)
            rest = b""
            while piece := connection.recv(65536):
                rest += piece
        except OSError:
            rest = b""
        return status_of(first), b"HTTP/1.1" not in rest and b"200" not in first[:12]


def heads(world, report, port):
    for what, data, wanted in (
        ("16 KB in a field", b"GET / HTTP/1.1\r\nHost: x\r\nX: " + b"a" * 17000 + b"\r\n\r\n", 431),
        ("16 KB of target", b"GET /" + b"a" * 17000 + b" HTTP/1.1\r\nHost: x\r\n\r\n", 431),
        ("17 KB without an end", b"GET / HTTP/1.1\r\nHost: x\r\nX: " + b"a" * 17000, 431),
        ("200 fields", b"GET / HTTP/1.1\r\nHost: x\r\n" + b"X: y\r\n" * 200 + b"\r\n", 431),
        ("no host", b"GET / HTTP/1.1\r\n\r\n", 400),
        ("two hosts", b"GET / HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n", 400),
        ("HTTP/2.0", b"GET / HTTP/2.0\r\nHost: x\r\n\r\n", 400),
        ("HTTP/0.9", b"GET /\r\n\r\n", 400),
        ("h2 preface", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400),
        ("CONNECT", b"CONNECT evil.test:443 HTTP/1.1\r\nHost: x\r\n\r\n", 405),
        ("a NUL", b"GET /\0 HTTP/1.1\r\nHost: x\r\n\r\n", 400),
        ("a NUL in a field", b"GET / HTTP/1.1\r\nHost: x\r\nX: a\0b\r\n\r\n", 400),
        ("bare LF", b"GET / HTTP/1.1\nHost: x\n\n", 400),
        ("bare CR", b"GET / HTTP/1.1\rHost: x\r\r", None),
        ("a fold", b"GET / HTTP/1.1\r\nHost: x\r\nX: a\r\n b\r\n\r\n", 400),
        ("a space before the colon", b"GET / HTTP/1.1\r\nHost: x\r\nX : a\r\n\r\n", 400),
        ("a field without a name", b"GET / HTTP/1.1\r\nHost: x\r\n: a\r\n\r\n", 400),
        ("a field without a colon", b"GET / HTTP/1.1\r\nHost: x\r\nXa\r\n\r\n", 400),
        ("a control in the method", b"G\x01T / HTTP/1.1\r\nHost: x\r\n\r\n", 400),
        ("spaces in the target", b"GET / a HTTP/1.1\r\nHost: x\r\n\r\n", 400),
        ("TLS", bytes.fromhex("16030100c8010000c40303") + b"\r\n\r\n", 400),
        ("an unknown expectation", b"GET / HTTP/1.1\r\nHost: x\r\nExpect: tea\r\n\r\n", 417),
    ):
        status, closed = closed_after(world, port, data) if wanted else (0, True)
        report.ok(f"{what} on {port}", not wanted or (status == wanted and closed),
                  (status, closed))


SMUGGLED = b"GET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n"


def smuggling(world, report, port):
    def post(fields, body=b"0\r\n\r\n" + SMUGGLED):
        return b"POST / HTTP/1.1\r\nHost: x\r\n" + fields + b"\r\n" + body

    chunked = b"Transfer-Encoding: chunked\r\n"
    for what, data in (
        ("both lengths", post(b"Content-Length: 4\r\n" + chunked)),
        ("both lengths, turned", post(chunked + b"Content-Length: 4\r\n")),
        ("two lengths", post(b"Content-Length: 5\r\nContent-Length: 6\r\n")),
        ("two equal lengths", post(b"Content-Length: 5\r\nContent-Length: 5\r\n")),
        ("a list of lengths", post(b"Content-Length: 5, 5\r\n")),
        ("a signed length", post(b"Content-Length: +5\r\n")),
        ("a negative length", post(b"Content-Length: -5\r\n")),
        ("a hexadecimal length", post(b"Content-Length: 0x5\r\n")),
        ("an empty length", post(b"Content-Length: \r\n")),
        ("an overflowing length", post(b"Content-Length: 18446744073709551621\r\n")),
        ("a length with letters", post(b"Content-Length: 5a\r\n")),
        ("a length with a space inside", post(b"Content-Length: 5 5\r\n")),
        ("a folded length", post(b"Content-Length:\r\n 5\r\n")),
        ("two encodings", post(chunked + chunked)),
        ("a list of encodings", post(b"Transfer-Encoding: gzip, chunked\r\n")),
        ("identity, chunked", post(b"Transfer-Encoding: identity, chunked\r\n")),
        ("xchunked", post(b"Transfer-Encoding: xchunked\r\n")),
        ("chunked with a tab inside", post(b"Transfer-Encoding: chun\tked\r\n")),
        ("a space before the colon", post(b"Transfer-Encoding : chunked\r\n")),
        ("a vertical tab", post(b"Transfer-Encoding: \x0bchunked\r\n")),
        ("chunked in HTTP/1.0", b"POST / HTTP/1.0\r\nHost: x\r\n" + chunked + b"\r\n0\r\n\r\n"),
        ("a bare LF between fields", b"POST / HTTP/1.1\r\nHost: x\nContent-Length: 5\r\n\r\nabcde"),
    ):
        status, closed = closed_after(world, port, data)
        report.ok(f"smuggling by {what} on {port}", status == 400 and closed, (status, closed))


def sizes(world, report, port):
    """A length too large is refused before a byte of the body was sent."""
    for length in (33 << 20, 1 << 40, (1 << 63) - 1, (1 << 64) - 1):
        data = (b"POST /debug.ping HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n"
                b"Expect: 100-continue\r\n\r\n" % length)
        began = time.monotonic()
        answer = world.raw(port, data)
        report.ok(f"{length} bytes announced on {port}",
                  status_of(answer) in (401, 413) and b"100 Continue" not in answer and
                  time.monotonic() - began < 5, answer[:100])
    for size in (b"FFFFFFFFFFFFFFFFF", b"10000000000000000", b"FFFFFFFFFFFFFFFF", b"-1", b"+5",
                 b"0x5", b"", b" 5", b"g", b"5;" + b"x" * 400_000, b"0" * 400_000 + b"5"):
        status, closed = closed_after(
            world, port, authorized(world, port) + b"Transfer-Encoding: chunked\r\n\r\n" + size +
            b"\r\nabcde\r\n0\r\n\r\n")
        report.ok(f"a chunk of size {size[:20]!r} on {port}", status in (400, 413) and closed,
                  (status, closed))


def authorized(world, port):
    path = b"/tasks.get_all" if port == "api" else b"/api/tasks.get_all"
    if port == "files":
        path = b"/delete_many"
    return (b"POST " + path + b" HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
            b"Authorization: Bearer " + world.tokens["user"].encode() + b"\r\n")


def encodings(world, report):
    token = {"Authorization": f"Bearer {world.tokens['user']}"}
    for coding in ("gzip", "deflate", "br", "zstd", "compress", "gzip, gzip", "x-gzip", "nonsense"):
        fields = {**token, "Content-Encoding": coding}
        for port, path in (("api", "/tasks.get_all"), ("web", "/api/tasks.get_all"),
                           ("files", "/"), ("files", "/delete_many"), ("web", "/files/")):
            multipart = {"Content-Type": "multipart/form-data; boundary=x"}
            answer = world.ask(port, "POST", path, {**fields, **multipart}, b"{}")
            report.same(f"Content-Encoding {coding} on {port}{path}", answer.status, 415)


def chunks(world, report, full):
    """One-byte chunks cost their sender; ten million of them are not waited for."""
    count = 10_000_000 if full else 300_000
    for port in ("api", "files", "web"):
        with socket.create_connection(world.address(port), timeout=60) as connection:
            connection.sendall(authorized(world, port) + b"Transfer-Encoding: chunked\r\n\r\n")
            sent = 0
            piece = b"1\r\nx\r\n" * 10_000
            answer = b""

            def listen():
                nonlocal answer
                answer = read_answer(connection)

            reader = threading.Thread(target=listen)
            reader.start()
            try:
                while sent < count and reader.is_alive():
                    connection.sendall(piece)
                    sent += 10_000
            except OSError:
                pass
            reader.join(60)
            report.ok(f"one-byte chunks on {port}", status_of(answer) == 400, (sent, answer[:80]))
    small = authorized(world, "api") + b"Transfer-Encoding: chunked\r\n\r\n"
    body = b"".join(b"1\r\n%c\r\n" % c for c in b'{"page_size": 1}') + b"0\r\n\r\n"
    report.same("a small body of one-byte chunks is taken",
                status_of(world.raw("api", small + body)), 200)


def strangers(world, report):
    """Whoever is not known may send little, whatever the port and the path."""
    for port, path in (("api", b"/tasks.get_all"), ("api", b"/debug.ping"), ("api", b"/nonsense"),
                       ("web", b"/api/events.add_batch"), ("web", b"/"), ("files", b"/delete_many"),
                       ("files", b"/"), ("files", b"/x"), ("web", b"/files/"),
                       ("web", b"/files/x")):
        for framing in (b"Content-Length: 30000000\r\n", b"Transfer-Encoding: chunked\r\n"):
            data = b"POST " + path + b" HTTP/1.1\r\nHost: x\r\n" + framing + b"\r\n"
            answer = world.raw(port, data)
            report.ok(f"{path} of a stranger on {port}", status_of(answer) in (401, 413),
                      answer[:100])
    held = []
    data = (b"POST /tasks.get_all HTTP/1.1\r\nHost: x\r\nContent-Length: 65536\r\n\r\n" +
            b"x" * 60000)
    for _ in range(200):
        connection = socket.create_connection(world.address("api"), timeout=10)
        connection.sendall(data)
        held.append(connection)
    report.same("200 strangers in the middle of a body", world.api("debug.ping").status, 200)
    for connection in held:
        connection.close()
