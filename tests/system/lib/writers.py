# SPDX-License-Identifier: Apache-2.0
"""Clients that write all the time and keep what they were told in a ledger of their own."""

import hashlib
import json
import random
import threading
import urllib.request

import raw as raw_module


def upload(server, token, path, content):
    boundary = "furrowboundary"
    disposition = f'Content-Disposition: form-data; name="{path}"; filename="f"'
    head, tail = f"--{boundary}\r\n{disposition}\r\n\r\n", f"\r\n--{boundary}--\r\n"
    request = urllib.request.Request(
        server.urls["files"] + "/", data=head.encode() + content + tail.encode(), method="POST",
        headers={"Authorization": f"Bearer {token}",
                 "Content-Type": f"multipart/form-data; boundary={boundary}"})
    with urllib.request.urlopen(request, timeout=60) as answer:
        answer.read()


def delete_file(server, token, path):
    request = urllib.request.Request(f"{server.urls['files']}/{path}", method="DELETE",
                                     headers={"Authorization": f"Bearer {token}"})
    with urllib.request.urlopen(request, timeout=60) as answer:
        answer.read()


class Writer(threading.Thread):
    """Runs that stay and runs that go, files that stay, change and go."""

    POINTS = 5
    LINES = 3

    def __init__(self, server, number, seed, stop):
        super().__init__(daemon=True)
        self.server = server
        self.number = number
        self.rng = random.Random(seed)
        self.stop = stop
        self.lock = threading.Lock()  # of the ledger
        self.kept_tasks = {}  # id -> batches answered
        self.kept_files = {}  # path -> sha256
        self.deleted_tasks = set()
        self.steps = 0
        self.error = None
        self._passing = []  # runs that will be deleted
        self._files = 0
        self._reader = raw_module.Raw(server.urls, server.access_key, server.secret_key,
                                      timeout=60)
        self._token = None

    def run(self):
        try:
            self._token = self._reader.login()
            self._project = self._reader.call(
                "projects.create", name=f"Load/writer {self.number}", description="x")["id"]
            while not self.stop.is_set():
                self._step()
                self.steps += 1
        except Exception as error:  # told to the one who joins
            self.error = error

    def _step(self):
        kind = self.rng.random()
        if len(self.kept_tasks) < 2 or kind < 0.08:
            task = self._create("stays")
            with self.lock:
                self.kept_tasks[task] = 0
        elif kind < 0.16:
            self._passing.append(self._create("goes"))
        elif kind < 0.55:
            self._report()
        elif kind < 0.62:
            self._plot()
        elif kind < 0.80:
            self._artifact()
        elif kind < 0.88 and self._passing:
            self._remove()
        elif kind < 0.94:
            self._replace()
        else:
            self._status()

    def _create(self, name):
        return self._reader.call(
            "tasks.create", name=f"{name} {self.steps}", type="training", project=self._project,
            tags=[f"writer{self.number}"],
            hyperparams={"Args": {"lr": {"section": "Args", "name": "lr", "value": "0.1"}}},
        )["id"]

    def _report(self):
        """One batch, all or nothing: points and lines."""
        task = self.rng.choice(list(self.kept_tasks) + self._passing)
        n = self.steps
        done = self.kept_tasks.get(task, n)
        events = [{"type": "training_stats_scalar", "task": task, "metric": "loss",
                   "variant": "train", "iter": done * self.POINTS + i,
                   "value": self.rng.random(), "timestamp": 1_700_000_000_000 + n * 100 + i}
                  for i in range(self.POINTS)]
        events += [{"type": "log", "task": task, "level": "info", "msg": f"line {n}.{i}",
                    "timestamp": 1_700_000_000_000 + n * 100 + i} for i in range(self.LINES)]
        self._send(events)
        if task in self.kept_tasks:
            with self.lock:
                self.kept_tasks[task] += 1

    def _plot(self):
        task = self.rng.choice(list(self.kept_tasks))
        figure = json.dumps({"data": [{"y": [self.rng.random() for _ in range(20)]}]})
        self._send([{"type": "plot", "task": task, "metric": "roc", "variant": "auc",
                     "iter": self.steps, "plot_str": figure},
                    {"type": "training_debug_image", "task": task, "metric": "debug",
                     "variant": "image", "iter": self.steps, "url": "http://elsewhere/x.png",
                     "key": f"k{self.steps}"}])

    def _send(self, events):
        request = urllib.request.Request(
            self.server.urls["api"] + "/v2.23/events.add_batch",
            data="\n".join(json.dumps(e) for e in events).encode(), method="POST",
            headers={"Authorization": f"Bearer {self._token}",
                     "Content-Type": "application/json-lines"})
        with urllib.request.urlopen(request, timeout=60) as answer:
            added = json.load(answer)["data"]["added"]
        if added != len(events):
            raise raw_module.Mismatch(f"{added} of {len(events)} events were added")

    def _artifact(self):
        """The file first, then its name in the run, as the SDK does."""
        stays = self.rng.random() < 0.6 or not self._passing
        task = self.rng.choice(list(self.kept_tasks) if stays else self._passing)
        self._files += 1
        path = f"Load/writer{self.number}.{task}/artifacts/a{self._files}/data.bin"
        content = self.rng.randbytes(self.rng.choice([10, 3_000, 300_000]))
        upload(self.server, self._token, path, content)
        digest = hashlib.sha256(content).hexdigest()
        self._reader.call("tasks.add_or_update_artifacts", task=task, force=True, artifacts=[
            {"key": f"a{self._files}", "type": "custom", "hash": digest,
             "uri": f"{self.server.urls['files']}/{path}"}])
        if stays:
            with self.lock:
                self.kept_files[path] = digest
        else:
            self._named = getattr(self, "_named", {})
            self._named.setdefault(task, []).append(path)

    def _remove(self):
        """The run first, then its files: what is named is there."""
        task = self._passing.pop(self.rng.randrange(len(self._passing)))
        self._reader.call("tasks.delete", task=task, force=True)
        with self.lock:
            self.deleted_tasks.add(task)
        for path in getattr(self, "_named", {}).pop(task, []):
            delete_file(self.server, self._token, path)

    def _replace(self):
        upload(self.server, self._token, f"Load/changing{self.number}.bin",
               self.rng.randbytes(self.rng.randrange(1, 50_000)))

    def _status(self):
        task = self.rng.choice(list(self.kept_tasks))
        self._reader.call(self.rng.choice(["tasks.started", "tasks.stopped"]), task=task,
                          force=True)
