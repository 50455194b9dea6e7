# SPDX-License-Identifier: Apache-2.0
"""The lab of the loop: a fresh server, the official clients with their environment, an agent."""

import base64
import json
import os
import pathlib
import re
import signal
import subprocess
import threading
import time
import urllib.error
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[2]
QUEUE = "training"
AGENT = """\
agent {{
  worker_id: "lab:0"
  worker_name: "lab"
  package_manager {{ type: pip, system_site_packages: true }}
  venvs_dir: "{home}/venvs"
  vcs_cache {{ enabled: true, path: "{home}/vcs" }}
  pip_download_cache {{ enabled: false }}
  reload_config: false
  python_binary: "/usr/bin/python3"
}}
sdk {{
  storage {{ cache {{ default_base_dir: "{home}/cache" }} }}
  development {{ report_use_subprocess: false }}
}}
"""
# The SDK forks while another thread of it reads what git says: at times the child holds that pipe
# open, and the task waits 300 s for its end. Reporting from a thread leaves no child.
SDK = "sdk { development { report_use_subprocess: false } }\n"


class Failed(Exception):
    """A step that did not do what it should, with the end of what its program said."""


def tail(text, lines=15):
    return "\n".join(text.strip().splitlines()[-lines:])


def end(process, patience=15):
    """Ends what was started in a session of its own, with all it has started."""
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(patience)
        except subprocess.TimeoutExpired:
            pass
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
    process.wait()


class Lab:
    def __init__(self, work, board, bins=None, host="127.0.0.1"):
        self.work, self.board, self.host = pathlib.Path(work), board, host
        self.bins = pathlib.Path(bins or ROOT / "build/release/bin")
        self.venvs = pathlib.Path(os.environ.get("FURROW_VENVS", ROOT / "build/venv"))
        self.python = self.venvs / "torch/bin/python"
        self.home = self.work / "home"
        self.home.mkdir(parents=True, exist_ok=True)
        self.environment, self.started = dict(os.environ), []
        self.token, self.token_until = "", 0.0

    # The server ---------------------------------------------------------------------------------

    def serve(self, listen=None):
        data = self.work / "server"
        command = [self.bins / "furrow", "server", "--data", data]
        for port in ("api", "files", "web"):
            command += [f"--{port}-port", "0"]
        if listen:
            command += ["--listen", listen]
        self.start(command, "server.log")
        named, first = data / "server.json", data / "bootstrap.json"
        self.wait("the server", lambda: named.exists() and first.exists() and self._answers(named))
        self.urls = {
            k: v.rstrip("/")
            for k, v in json.loads(named.read_text()).items()
            if k in ("api", "files", "web")
        }
        keys = self.keys = json.loads(first.read_text())["credentials"]
        clean = {
            k: v
            for k, v in os.environ.items()
            if not k.startswith(("CLEARML_", "TRAINS_", "PYTHON"))
        }
        (self.home / "clearml.conf").write_text(SDK)
        (self.home / "gitconfig").write_text(
            "[user]\nname = furrow\nemail = furrow@localhost\n[init]\ndefaultBranch = main\n"
            "[safe]\ndirectory = *\n[advice]\ndetachedHead = false\n"
        )
        clean.update({
            "HOME": str(self.home),
            "CLEARML_API_HOST": self.urls["api"],
            "CLEARML_WEB_HOST": self.urls["web"],
            "CLEARML_FILES_HOST": self.urls["files"],
            "CLEARML_API_ACCESS_KEY": keys["access_key"],
            "CLEARML_API_SECRET_KEY": keys["secret_key"],
            "CLEARML_CONFIG_FILE": str(self.home / "clearml.conf"),
            "GIT_CONFIG_GLOBAL": str(self.home / "gitconfig"),
            "GIT_CONFIG_NOSYSTEM": "1",
            "PYTHONUNBUFFERED": "1",
            # The SDK asks the outside world for a newer version of itself. Nothing leaves here.
            "http_proxy": "http://127.0.0.1:9",
            "https_proxy": "http://127.0.0.1:9",
            "no_proxy": f"127.0.0.1,localhost,{self.host}",
            "NO_PROXY": f"127.0.0.1,localhost,{self.host}",
        })  # fmt: skip
        self.environment = clean

    @staticmethod
    def _answers(named):
        try:
            url = json.loads(named.read_text())["api"].rstrip("/")
            opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
            with opener.open(f"{url}/debug.ping", timeout=2) as answer:
                return answer.status == 200
        except (OSError, ValueError, urllib.error.URLError):
            return False

    # The API --------------------------------------------------------------------------------------

    def _ask(self, url, body, headers):
        request = urllib.request.Request(url, body, headers)
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with opener.open(request, timeout=60) as answer:
                return json.loads(answer.read() or b"{}")
        except urllib.error.HTTPError as error:
            said = error.read().decode(errors="replace")
            try:
                said = json.loads(said)["meta"]["result_msg"]
            except (ValueError, KeyError):
                pass
            raise Failed(f"{url}: {error.code}: {said}") from None

    def _token(self):
        if time.monotonic() > self.token_until:
            pair = f"{self.keys['access_key']}:{self.keys['secret_key']}".encode()
            basic = {
                "Authorization": "Basic " + base64.b64encode(pair).decode(),
                "Content-Type": "application/json",
            }
            self.token = self._ask(f"{self.urls['api']}/auth.login", b"{}", basic)["data"]["token"]
            self.token_until = time.monotonic() + 600
        return {"Authorization": f"Bearer {self.token}"}

    def call(self, name, body):
        headers = {**self._token(), "Content-Type": "application/json"}
        return self._ask(f"{self.urls['api']}/{name}", json.dumps(body).encode(), headers)["data"]

    def upload(self, path, file):
        """Onto the file server, as the SDK does."""
        edge = "furrow-loop-" + os.urandom(8).hex()
        head = (
            f'--{edge}\r\nContent-Disposition: form-data; name="{path}"; filename="f"\r\n'
            "Content-Type: application/octet-stream\r\n\r\n"
        )
        body = head.encode() + pathlib.Path(file).read_bytes() + f"\r\n--{edge}--\r\n".encode()
        headers = {**self._token(), "Content-Type": f"multipart/form-data; boundary={edge}"}
        request = urllib.request.Request(self.urls["files"] + "/", body, headers)
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(request, timeout=60) as answer:
            if answer.status != 200:
                raise Failed(f"{path}: upload: {answer.status}")

    # Programs -----------------------------------------------------------------------------------

    def start(self, command, log, folder=None, environment=None):
        """In a session of its own, until `close`."""
        with open(self.work / log, "ab") as file:
            process = subprocess.Popen(
                [*map(str, command)], cwd=folder or self.work, stdin=subprocess.DEVNULL,
                stdout=file, stderr=file, start_new_session=True,
                env=environment or self.environment,
            )  # fmt: skip
        process.log = self.work / log
        self.started.append(process)
        return process

    def run(self, *command, folder=None, seconds=600, environment=None):
        """To its end; its output. What it prints is shown as it comes."""
        process = subprocess.Popen(
            [*map(str, command)], cwd=folder or self.work, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace",
            start_new_session=True, env=environment or self.environment,
        )  # fmt: skip
        self.started.append(process)
        expired, out = threading.Event(), []

        def stop():
            expired.set()
            end(process)

        late = threading.Timer(seconds, stop)
        late.start()
        try:
            for line in process.stdout:
                out.append(line)
                self.board.say(line)
            process.wait()
            if expired.is_set():
                raise Failed(f"{command[0]}: not done in {seconds} s\n{tail(''.join(out))}")
        finally:
            late.cancel()
        self.started.remove(process)
        if process.returncode:
            words = " ".join(map(str, command[:3]))
            raise Failed(f"{words}: exit status {process.returncode}\n{tail(''.join(out))}")
        return "".join(out)

    def edge(self, *words, **options):
        return self.run(self.bins / "furrow-edge", *words, **options)

    def furrow(self, *words, **options):
        return self.run(self.bins / "furrow", *words, **options)

    def data(self, *words):
        return self.run(self.venvs / "torch/bin/clearml-data", *words)

    def sdk(self, *words):
        """tools/loop/sdk.py in the SDK's environment; its last line is JSON."""
        out = self.run(self.python, ROOT / "tools/loop/sdk.py", *words)
        return json.loads(out.strip().splitlines()[-1])

    def wait(self, what, ready, seconds=60, pause=0.2):
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            value = ready()
            if value:
                return value
            for process in self.started:
                if process.poll() not in (None, 0):
                    log = getattr(process, "log", None)
                    said = tail(log.read_text(errors="replace")) if log else ""
                    raise Failed(
                        f"waiting for {what}: a program ended with " f"{process.returncode}\n{said}"
                    )
            time.sleep(pause)
        raise Failed(f"{what}: not there after {seconds} s")

    def close(self):
        for process in reversed(self.started):
            end(process)
        self.started.clear()

    # Training -----------------------------------------------------------------------------------

    def employ(self):
        """The unmodified agent serves the queue; its tasks see Debian's torch."""
        home = self.work / "agent"
        (home / "tmp").mkdir(parents=True, exist_ok=True)
        (home / "clearml.conf").write_text(AGENT.format(home=home))
        environment = {
            **self.environment,
            "CLEARML_CONFIG_FILE": str(home / "clearml.conf"),
            "CLEARML_WORKER_ID": "lab:0",
            "CLEARML_CUDA_VERSION": "0",
            "CLEARML_CUDNN_VERSION": "0",
            "NVIDIA_VISIBLE_DEVICES": "none",
            "TMPDIR": str(home / "tmp"),
            "CLEARML_AGENT_QUEUE_POLL_FREQ_SEC": "1",
            "CLEARML_AGENT_STATUS_REPORT_FREQ_SEC": "3",
            "CLEARML_AGENT_SKIP_PIP_VENV_INSTALL": str(self.python),
            "CLEARML_AGENT_SKIP_PYTHON_ENV_INSTALL": "1",
        }
        command = [
            self.venvs / "agent/bin/clearml-agent",
            "daemon",
            "--foreground",
            "--cpu-only",
            "--create-queue",
            "--queue",
            QUEUE,
        ]
        self.agent = self.start(command, "agent.log", home, environment)

    def repository(self):
        """The network's code where an agent can clone it, as a task names it."""
        seed, bare, tree = (self.work / n for n in ("seed", "weednet.git", "weednet"))
        seed.mkdir()
        for file in sorted((ROOT / "examples/weednet").glob("*.py")):
            (seed / file.name).write_bytes(file.read_bytes())
        self.run("git", "init", "-q", folder=seed)
        self.run("git", "add", ".", folder=seed)
        self.run("git", "commit", "-qm", "The network and its training", folder=seed)
        self.run("git", "clone", "-q", "--bare", seed, bare)
        self.run("git", "clone", "-q", f"file://{bare}", tree)

    def train(self, name, dataset, steps, start_from=None):
        """Sends the task away and waits for it; (task, model's id, its file's path here)."""
        out = self.run(
            self.python,
            "task.py",
            "--dataset",
            dataset,
            "--queue",
            QUEUE,
            "--name",
            name,
            "--steps",
            steps,
            *(("--start-from", start_from, "--rate", 0.002) if start_from else ()),
            folder=self.work / "weednet",
        )
        task = re.search(r"task id=([0-9a-f]{32})", out).group(1)

        def done():
            shown = json.loads(self.furrow("tasks", "show", task, "--json"))
            self.board.say(f"{shown['status']}, iteration {shown.get('last_iteration', 0)}")
            if shown["status"] in ("failed", "stopped"):
                raise Failed(
                    f"training: {shown['status']}\n" + tail(self.furrow("tasks", "logs", task), 30)
                )
            return shown["status"] == "completed"

        self.wait("training", done, seconds=1800, pause=2)
        model = self.sdk("model", task, "--out", self.work / f"{name}.onnx")
        return task, model

    def publish(self, folder, project, name):
        """A folder as the first version of a data set, by clearml-data."""
        out = self.data("create", "--project", project, "--name", name)
        dataset = re.search(r"id=([0-9a-f]{32})", out).group(1)
        self.data("add", "--id", dataset, "--files", folder)
        self.data("close", "--id", dataset)
        return dataset
