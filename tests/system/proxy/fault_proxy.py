# SPDX-License-Identifier: Apache-2.0
"""A proxy that does to requests what bad networks do, from one seed.

    with FaultProxy({"api": url, ...}, kinds, rate, seed) as proxy:
        ... proxy.urls["api"] ...
        proxy.done        # how often each fault happened

Each request is hit at most once (the same method, target and body passes the next time), so that
whoever tries again gets on.

  delay        held back, then answered piece by piece
  cut-request  the first n bytes reach the server, then both sides are reset
  cut-answer   the server does all of it, the client sees n bytes of the answer, then a reset
  lose         the server does all of it, the client is reset without a byte
  replay       the server gets it two to four times, the client one of the answers
  refuse       reset before the server sees anything
"""

import hashlib
import random
import re
import socket
import socketserver
import struct
import threading
import time
import urllib.parse

KINDS = ("delay", "cut-request", "cut-answer", "lose", "replay", "refuse")
HEAD_MAX = 64 << 10


class Gone(Exception):
    """One side has closed."""


def read_message(connection, held, answer_to=None):
    """(the bytes of one whole message, what came after it)."""
    while b"\r\n\r\n" not in held:
        piece = connection.recv(65536)
        if not piece or len(held) > HEAD_MAX:
            raise Gone
        held += piece
    head, _, rest = held.partition(b"\r\n\r\n")
    fields = {}
    for line in head.split(b"\r\n")[1:]:
        name, _, value = line.partition(b":")
        fields[name.strip().lower()] = value.strip()
    start = len(head) + 4
    status = head.split(b" ", 2)[1] if answer_to is not None else b""
    if answer_to == b"HEAD" or status in (b"204", b"304"):
        return held[:start], held[start:]
    if status == b"100":
        more, after = read_message(connection, held[start:], answer_to)
        return held[:start] + more, after
    if b"chunked" in fields.get(b"transfer-encoding", b"").lower():
        while not held.endswith(b"0\r\n\r\n"):
            piece = connection.recv(65536)
            if not piece:
                raise Gone
            held += piece
        return held, b""
    end = start + int(fields.get(b"content-length", b"0"))
    pieces = [held]
    size = len(held)
    while size < end:
        piece = connection.recv(min(1 << 20, end - size))
        if not piece:
            raise Gone
        pieces.append(piece)
        size += len(piece)
    whole = b"".join(pieces)
    return whole[:end], whole[end:]


def reset(connection):
    """RST instead of FIN."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


class FaultProxy:
    def __init__(self, upstream, kinds=KINDS, rate=0.2, seed=1):
        self.kinds, self.rate = tuple(kinds), rate
        self.done = {kind: 0 for kind in self.kinds}
        self.passed = 0
        self._rng, self._lock, self._hit = random.Random(seed), threading.Lock(), set()
        self._servers, self.urls = [], {}
        for name, url in upstream.items():
            parts = urllib.parse.urlsplit(url)
            server = _Listener(("127.0.0.1", 0), self, (parts.hostname, parts.port))
            self._servers.append(server)
            self.urls[name] = f"http://127.0.0.1:{server.server_address[1]}"

    def __enter__(self):
        for server in self._servers:
            threading.Thread(target=server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        for server in self._servers:
            server.shutdown()
            server.server_close()

    def plan(self, request):
        """(kind or None, a generator for this request's own numbers)"""
        head, _, body = request.partition(b"\r\n\r\n")
        line = head.split(b"\r\n", 1)[0]
        # An upload that is tried again is the same one, though its boundary is another.
        boundary = re.search(rb"boundary=\"?([^\"\r\n;]+)", head)
        if boundary:
            body = body.replace(boundary[1], b"")
        key = hashlib.sha256(line + b"\n" + body).digest()
        with self._lock:
            rng = random.Random(self._rng.random())
            if self._rng.random() >= self.rate or key in self._hit:
                self.passed += 1
                return None, rng
            self._hit.add(key)
            kind = self._rng.choice(self.kinds)
            self.done[kind] += 1
            return kind, rng


class _Listener(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, address, proxy, upstream):
        super().__init__(address, _Session)
        self.proxy, self.upstream = proxy, upstream

    def handle_error(self, request, client_address):
        pass


class _Session(socketserver.BaseRequestHandler):
    def handle(self):
        self.request.settimeout(120)
        self.up = None
        held = b""
        try:
            while True:
                message, held = read_message(self.request, held)
                if not self.pass_on(message):
                    return
        except (Gone, OSError, ValueError):
            pass
        finally:
            if self.up is not None:
                self.up.close()

    def connect(self):
        connection = socket.create_connection(self.server.upstream, timeout=120)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return connection

    def exchange(self, message, fresh=False):
        """The server's whole answer. A kept connection that the server closed is replaced."""
        method = message.split(b" ", 1)[0]
        for attempt in (0, 1):
            used = self.up is not None and not fresh
            connection = self.up if used else self.connect()
            try:
                connection.sendall(message)
                answer, _ = read_message(connection, b"", method)
            except (Gone, OSError):
                connection.close()
                self.up = None
                if not used or attempt:
                    raise
                continue
            head = answer.split(b"\r\n\r\n", 1)[0].lower()
            if fresh or b"connection: close" in head:
                connection.close()
                if not fresh:
                    self.up = None
            else:
                self.up = connection
            return answer
        raise Gone

    def pass_on(self, message):
        """False when the client's connection is over."""
        kind, rng = self.server.proxy.plan(message)
        if kind == "refuse":
            reset(self.request)
            return False
        if kind == "cut-request":
            connection = self.connect()
            connection.sendall(message[: rng.randrange(len(message))])
            time.sleep(0.02)
            reset(connection)
            reset(self.request)
            return False
        if kind == "delay":
            time.sleep(rng.uniform(0.05, 1.0))
        answer = self.exchange(message)
        if kind == "replay":
            answers = [answer] + [self.exchange(message, fresh=True)
                                  for _ in range(rng.randint(1, 3))]
            answer = rng.choice((answers[0], answers[-1]))
        if kind in ("lose", "cut-answer"):
            if kind == "cut-answer":
                self.request.sendall(answer[: rng.randrange(len(answer))])
                time.sleep(0.02)
            reset(self.request)
            return False
        if kind == "delay":
            step = max(1, len(answer) // 4)
            for at in range(0, len(answer), step):
                self.request.sendall(answer[at:at + step])
                time.sleep(rng.uniform(0, 0.05))
        else:
            self.request.sendall(answer)
        return b"connection: close" not in answer.split(b"\r\n\r\n", 1)[0].lower()
