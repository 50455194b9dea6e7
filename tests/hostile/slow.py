# SPDX-License-Identifier: Apache-2.0
"""Thousands of connections that never finish what they began; the others are served meanwhile."""

import resource
import socket
import time



def run(world, report, full):
    wanted = 10_000 if full else 1_000
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < wanted + 200:
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, wanted + 200), hard))
        wanted = min(wanted, resource.getrlimit(resource.RLIMIT_NOFILE)[0] - 200)
    baseline = world.memory()
    world.forget_peak()
    bearer = b"Authorization: Bearer " + world.tokens["user"].encode() + b"\r\n"
    halves = (
        ("api", b"GET /tasks.get_all HTTP/1.1\r\nHost: x\r\nX-Half: o"),
        ("api", b"POST /tasks.get_all HTTP/1.1\r\nHost: x\r\n" + bearer +
         b"Content-Length: 1000000\r\n\r\n{"),
        ("files", b"POST / HTTP/1.1\r\nHost: x\r\n" + bearer +
         b"Content-Type: multipart/form-data; boundary=b\r\nTransfer-Encoding: chunked\r\n\r\n"),
        ("web", b"G"),
        ("api", b""),
    )
    held = []
    try:
        for index in range(wanted):
            port, start = halves[index % len(halves)]
            connection = socket.create_connection(world.address(port), timeout=30)
            connection.sendall(start)
            held.append(connection)
        report.same("half-open connections", len(held), wanted)
        for port, path in (("api", "/debug.ping"), ("files", "/"), ("web", "/")):
            report.same(f"{port} answers meanwhile", world.ask(port, "GET", path).status, 200)
        dripping = held[: min(200, len(held))]
        for _ in range(5):
            for connection in dripping:
                try:
                    connection.sendall(b"x")
                except OSError:
                    pass
            time.sleep(0.05)
        report.same("a call meanwhile", world.api("tasks.get_all", {"page_size": 1},
                                                  world.tokens["user"]).status, 200)
        grown = world.growth(baseline)
        report.ok("memory grew by less than 64 MB", grown < world.memory_max, f"{grown >> 20} MB")
        if full:
            ended(report, held)
    finally:
        for connection in held:
            connection.close()


def ended(report, held):
    """The server gives up on them by itself."""
    deadline = time.monotonic() + 120
    left = list(held)
    for connection in left:
        connection.setblocking(False)
    while left and time.monotonic() < deadline:
        still = []
        for connection in left:
            try:
                open_ = connection.recv(65536) != b""
            except BlockingIOError:
                open_ = True
            except OSError:
                open_ = False
            if open_:
                still.append(connection)
        left = still
        time.sleep(0.5)
    report.same("connections that were never given up", len(left), 0)
