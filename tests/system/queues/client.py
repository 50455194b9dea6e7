# SPDX-License-Identifier: Apache-2.0
"""Very many clients in one thread: each is a generator that yields what it wants to wait for."""

import heapq
import json
import selectors
import socket
import time

LOST = "lost"  # in place of an answer: nobody knows what the call did


class Ask:
    """One call. The generator gets an Answer. `cut`: the connection is closed before the answer."""

    __slots__ = ("endpoint", "fields", "cut")

    def __init__(self, endpoint, cut=False, **fields):
        self.endpoint, self.fields, self.cut = endpoint, fields, cut


class Sleep:
    """The generator goes on that many seconds later."""

    __slots__ = ("seconds",)

    def __init__(self, seconds):
        self.seconds = seconds


class Answer:
    """`code`: "200", "400/706", or LOST; `call` and `ret`: seconds of the monotonic clock."""

    __slots__ = ("code", "data", "call", "ret")

    def __init__(self, code, data, call, ret):
        self.code, self.data, self.call, self.ret = code, data, call, ret


class Client:
    """`name` is its X-ClearML-Worker; changing it makes it another worker."""

    def __init__(self, loop, name, behaviour):
        self.loop, self.name = loop, name
        self.socket, self.inbox, self.outbox = None, b"", b""
        self.call, self.ask, self.holder = 0.0, None, name
        self.steps = behaviour(self)
        self.ended = False


class Loop:
    """Runs clients until all have ended. `login` gives a bearer token."""

    def __init__(self, host, port, login):
        self.host, self.port, self.login = host, port, login
        self.token = login()
        self.epoch = 0  # counts logins: a new session is another holder
        self.poll = selectors.EpollSelector()
        self.timers, self.count, self.clients = [], 0, []
        self.calls = 0
        self.waiting = set()

    def add(self, name, behaviour):
        client = Client(self, name, behaviour)
        self.clients.append(client)
        self._at(time.monotonic() + 0.001 * len(self.clients), client)
        return client

    def run(self, each_tick):
        """`each_tick` is called often; it may kill and start the server and then calls `lost`."""
        while any(not c.ended for c in self.clients):
            each_tick()
            now = time.monotonic()
            while self.timers and self.timers[0][0] <= now:
                client = heapq.heappop(self.timers)[2]
                if client.ask is not None:
                    self._send(client, client.ask)
                else:
                    self._step(client, None)
            pause = min(0.05, self.timers[0][0] - now) if self.timers else 0.05
            for key, events in self.poll.select(max(0.0, pause)):
                self._ready(key.data, events)

    def lost(self):
        """The server is gone: so are all connections and the answers on their way."""
        now = time.monotonic()
        for client in self.clients:
            self._close(client)
        for client in list(self.waiting):
            self._answer(client, Answer(LOST, None, client.call, now))

    # -- one client ------------------------------------------------------------------------------

    def _at(self, when, client):
        self.count += 1
        heapq.heappush(self.timers, (when, self.count, client))

    def _step(self, client, value):
        try:
            wanted = client.steps.send(value)
        except StopIteration:
            client.ended = True
            self._close(client)
            return
        if isinstance(wanted, Sleep):
            client.ask = None
            self._at(time.monotonic() + wanted.seconds, client)
        else:
            client.call = 0.0
            self._send(client, wanted)

    def _send(self, client, ask):
        client.ask = ask
        body = json.dumps(ask.fields).encode()
        client.outbox = (
            f"POST /v2.23/{ask.endpoint} HTTP/1.1\r\nHost: {self.host}\r\n"
            f"Authorization: Bearer {self.token}\r\nX-ClearML-Worker: {client.name}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        ).encode() + body
        client.inbox = b""
        client.holder = f"{client.name}/{self.epoch}"
        client.call = client.call or time.monotonic()
        try:
            if client.socket is None:
                client.socket = socket.create_connection((self.host, self.port), timeout=5)
                client.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                client.socket.setblocking(False)
                self.poll.register(client.socket, selectors.EVENT_READ, client)
            client.socket.send(client.outbox)  # far below what a socket takes at once
        except OSError:
            # The call did not reach the server, or its connection is an old one: it is made anew.
            self._close(client)
            self._at(time.monotonic() + 0.05, client)
            return
        self.calls += 1
        self.waiting.add(client)
        if ask.cut:
            self._close(client)
            self._answer(client, Answer(LOST, None, client.call, float("inf")))

    def _ready(self, client, _):
        if client.socket is None:
            return
        try:
            more = client.socket.recv(65536)
        except BlockingIOError:
            return
        except OSError:
            more = b""
        if not more:
            self._close(client)
            if client in self.waiting:
                self._answer(client, Answer(LOST, None, client.call, time.monotonic()))
            return
        client.inbox += more
        end = client.inbox.find(b"\r\n\r\n")
        if end < 0:
            return
        head = client.inbox[:end].lower()
        at = head.find(b"content-length:")
        length = int(head[at + 15 :].split(b"\r\n", 1)[0])
        if len(client.inbox) < end + 4 + length:
            return
        answer = json.loads(client.inbox[end + 4 : end + 4 + length])
        meta = answer["meta"]
        code = str(meta["result_code"])
        if code != "200":
            code += "/" + str(meta["result_subcode"])
        if code.startswith(("401", "429", "503")):
            # Without effect: signed in anew, or somewhat later, it is the same call.
            if code.startswith("401"):
                self._sign_in(client)
            self.waiting.discard(client)
            self._at(time.monotonic() + 0.02, client)
            return
        self._answer(client, Answer(code, answer.get("data"), client.call, time.monotonic()))

    def _sign_in(self, client):
        head = client.outbox.split(b"\r\n\r\n", 1)[0].decode()
        if f"Bearer {self.token}\r\n" in head + "\r\n":
            self.token = self.login()
            self.epoch += 1

    def _answer(self, client, answer):
        self.waiting.discard(client)
        client.ask = None
        self._step(client, answer)

    def _close(self, client):
        if client.socket is not None:
            self.poll.unregister(client.socket)
            client.socket.close()
            client.socket = None
