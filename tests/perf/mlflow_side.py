# SPDX-License-Identifier: Apache-2.0
"""MLflow's tracking server with its default SQLite store, asked for the same as ours.

Runs that stand for the large store are put straight into its database: over HTTP they would take
hours. What is measured goes over HTTP.
"""
import http.client
import json
import os
import pathlib
import random
import signal
import socket
import sqlite3
import subprocess
import time
import urllib.parse

from host import Failed

API = "/api/2.0/mlflow"
START_SECONDS_MAX = 240


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


def children(pid):
    found = [pid]
    for path in pathlib.Path(f"/proc/{pid}/task").glob("*/children"):
        for child in path.read_text().split():
            found += children(int(child))
    return found


def proportional_bytes(pid):
    """Memory of a process and its children, pages they share counted once."""
    total = 0
    for one in children(pid):
        try:
            for line in open(f"/proc/{one}/smaps_rollup"):
                if line.startswith("Pss:"):
                    total += int(line.split()[1]) * 1024
        except OSError:
            pass
    return total


class MlflowServer:
    def __init__(self, venv, folder):
        self.venv = pathlib.Path(venv)
        self.folder = pathlib.Path(folder)
        self.port = free_port()
        self.ports = {"api": self.port}
        self.token = ""
        self._process = None
        self.database = self.folder / "mlflow.db"

    @property
    def pid(self):
        return self._process.pid

    def start(self):
        """Seconds until /health answers 200."""
        self.folder.mkdir(parents=True, exist_ok=True)
        environment = {**os.environ, "MLFLOW_DISABLE_TELEMETRY": "true", "DO_NOT_TRACK": "true",
                       "PATH": f"{self.venv}/bin:{os.environ['PATH']}"}
        command = [str(self.venv / "bin/mlflow"), "server", "--host", "127.0.0.1",
                   "--port", str(self.port), "--backend-store-uri", f"sqlite:///{self.database}",
                   "--artifacts-destination", str(self.folder / "artifacts")]
        began = time.monotonic()
        with open(self.folder / "mlflow.log", "ab") as log:
            self._process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log,
                                             stderr=log, env=environment, cwd=self.folder,
                                             start_new_session=True)
        while time.monotonic() - began < START_SECONDS_MAX:
            if self._process.poll() is not None:
                raise Failed(f"mlflow ended with {self._process.returncode}")
            try:
                if self.request("GET", "/health")[0] == 200:
                    return time.monotonic() - began
            except OSError:
                pass
            time.sleep(0.02)
        raise Failed("mlflow was not ready in time")

    def stop(self):
        if self._process is None:
            return
        for number in (signal.SIGTERM, signal.SIGKILL):
            try:
                os.killpg(self._process.pid, number)
            except ProcessLookupError:
                break
            try:
                self._process.wait(10)
                break
            except subprocess.TimeoutExpired:
                pass
        self._process = None

    def request(self, method, path, body=None, kind="application/json"):
        asked = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        asked.request(method, path, body, {"Content-Type": kind} if body is not None else {})
        answer = asked.getresponse()
        content = answer.read()
        asked.close()
        return answer.status, content

    def call(self, path, **body):
        status, content = self.request("POST", API + path, json.dumps(body))
        if status != 200:
            raise Failed(f"{path}: {status} {content[:200]}")
        return json.loads(content)

    def fill(self, runs, points, seed=3):
        """`runs` runs of experiment 0 with 20 parameters and 10 metrics each, and one run with a
        curve of `points`; returns that run's id."""
        draw = random.Random(seed)
        base = sqlite3.connect(self.database)
        base.execute("PRAGMA synchronous = OFF")
        now = 1_700_000_000_000
        made = [(f"{draw.getrandbits(128):032x}", n) for n in range(runs + 1)]
        base.executemany(
            "INSERT INTO runs (run_uuid, name, source_type, source_name, entry_point_name, user_id,"
            " status, start_time, end_time, source_version, lifecycle_stage, artifact_uri,"
            " experiment_id)"
            " VALUES (?, ?, 'UNKNOWN', '', '', 'bench', ?, ?, ?, '', 'active', ?, 0)",
            ((i, f"run {n:06}", "RUNNING" if n % 4 == 0 else "FINISHED", now + n, now + n + 5,
              f"mlflow-artifacts:/0/{i}/artifacts") for i, n in made))
        base.executemany(
            "INSERT INTO params (key, value, run_uuid) VALUES (?, ?, ?)",
            ((f"option_{p}" if p else "lr", f"{draw.random():.8f}", i)
             for i, _ in made for p in range(20)))
        values = [(f"metric {m}", draw.random(), now, i) for i, _ in made for m in range(10)]
        for table in ("metrics", "latest_metrics"):
            base.executemany(
                f"INSERT INTO {table} (key, value, timestamp, step, is_nan, run_uuid)"
                " VALUES (?, ?, ?, 1, 0, ?)", values)
        base.executemany(
            "INSERT INTO tags (key, value, run_uuid) VALUES ('field-trial', 'yes', ?)",
            ((i,) for i, n in made if n % 10 == 0))
        last = made[-1][0]
        base.executemany(
            "INSERT INTO metrics (key, value, timestamp, step, is_nan, run_uuid)"
            " VALUES ('loss', ?, ?, ?, 0, ?)",
            ((draw.random(), now + 100 * k, k, last) for k in range(points)))
        base.execute(
            "INSERT INTO latest_metrics (key, value, timestamp, step, is_nan, run_uuid)"
            " VALUES ('loss', 0.5, ?, ?, 0, ?)", (now + 100 * points, points, last))
        base.commit()
        base.close()
        return last

    def log_batches(self, path, requests, events=100):
        """Writes calls for the load generator: `requests` batches of `events` metrics."""
        run = self.call("/runs/create", experiment_id="0", start_time=1)["run"]["info"]["run_id"]
        draw = random.Random(4)
        with open(path, "w") as file:
            for r in range(requests):
                metrics = [{"key": f"train {e % 10}", "value": draw.random(),
                            "timestamp": 1_700_000_000_000 + r, "step": r * 10 + e // 10}
                           for e in range(events)]
                file.write(f"{API}/runs/log-batch\t"
                           + json.dumps({"run_id": run, "metrics": metrics}) + "\n")

    def page_token(self, page, **search):
        """The token that leads to a page, the first being 0; None when there is no such page."""
        token = None
        for _ in range(page):
            body = {**search, **({"page_token": token} if token else {})}
            token = self.call("/runs/search", **body).get("next_page_token")
            if not token:
                return None
        return token

    def history_path(self, run, samples):
        return "/ajax-api/2.0/mlflow/metrics/get-history-bulk-interval?" + urllib.parse.urlencode(
            {"run_ids": run, "metric_key": "loss", "max_results": samples})

    def artifact_rates(self, size):
        """GB/s up and down of one artifact."""
        path, block = "/api/2.0/mlflow-artifacts/artifacts/bench/file.bin", os.urandom(size)
        began = time.monotonic()
        status, content = self.request("PUT", path, block, "application/octet-stream")
        up = size / (time.monotonic() - began) / 1e9
        if status != 200:
            raise Failed(f"mlflow artifact: {status} {content[:200]}")
        began = time.monotonic()
        status, content = self.request("GET", path)
        down = size / (time.monotonic() - began) / 1e9
        if status != 200 or content != block:
            raise Failed(f"mlflow artifact back: {status}")
        return up, down
