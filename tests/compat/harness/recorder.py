# SPDX-License-Identifier: Apache-2.0
"""A proxy before the API port that notes what each client asked and what it was answered.

With FURROW_RECORD=FILE in the environment every server of the harness is reached through one, and
FILE gets a line of JSON per call. tests/golden/record makes golden cases of them.
"""

import gzip
import http.client
import itertools
import json
import os
import threading
import urllib.parse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

PATH = os.environ.get("FURROW_RECORD", "")
KEPT = ("x-clearml-", "content-type", "content-encoding")
HOP = ("connection", "keep-alive", "transfer-encoding", "host")


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 120

    def setup(self):
        super().setup()
        self.upstream = http.client.HTTPConnection(*self.server.target, timeout=120)

    def finish(self):
        self.upstream.close()
        super().finish()

    def _forward(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        number = next(self.server.numbers)
        headers = {n: v for n, v in self.headers.items() if n.lower() not in HOP}
        self.upstream.request(self.command, self.path, body or None, headers)
        answer = self.upstream.getresponse()
        data = answer.read()
        self.send_response_only(answer.status, answer.reason)
        for name, value in answer.getheaders():
            if name.lower() not in (*HOP, "content-length"):
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(data)
        if answer.getheader("Content-Encoding") == "gzip":
            data = gzip.decompress(data)
        self.server.note(
            {
                "number": number,
                "method": self.command,
                "path": self.path,
                "sign_in": (self.headers.get("Authorization") or "none").split()[0].lower(),
                "headers": {n: v for n, v in self.headers.items() if n.lower().startswith(KEPT)},
                "body": body.decode("utf-8", "replace"),
                "status": answer.status,
                "answer": data.decode("utf-8", "replace"),
            }
        )

    do_GET = do_POST = do_PUT = do_DELETE = do_HEAD = do_OPTIONS = _forward

    def log_message(self, *_):
        pass


class Proxy(ThreadingHTTPServer):
    """As long as the process lives; `url` stands in for the server's own."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, urls):
        super().__init__(("127.0.0.1", 0), _Handler)
        there = urllib.parse.urlsplit(urls["api"])
        self.target = (there.hostname, there.port)
        self.numbers = itertools.count()
        self.url = f"http://127.0.0.1:{self.server_address[1]}"
        self._lock = threading.Lock()
        self.note({"urls": {**urls, "api": self.url}})
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def note(self, call):
        with self._lock, open(PATH, "a") as file:
            file.write(json.dumps(call) + "\n")

    def handle_error(self, request, client_address):
        pass  # a client that goes away, or a server that is being stopped
