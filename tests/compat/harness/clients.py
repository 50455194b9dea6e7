# SPDX-License-Identifier: Apache-2.0
"""Runs the client half of a case: a script of its own, in the virtual environment of one client."""

import json
import os
import signal
import subprocess
import threading
import time

# Put under the copied case, so that the script the SDK records is whole: an agent can run it again.
FOOTER = '''

if __name__ == "__main__":
    import faulthandler as _faulthandler
    import json as _json
    import os as _os
    import signal as _signal

    _faulthandler.register(_signal.SIGUSR1, all_threads=True)

    class _Facts(dict):
        """What the client wants checked; kept on disk at once, because some flows end the
        process."""

        def __setitem__(self, key, value):
            super().__setitem__(key, value)
            path = _os.environ.get("FURROW_COMPAT_FACTS")
            if path:
                with open(path + ".new", "w") as file:
                    _json.dump(self, file)
                _os.replace(path + ".new", path)

    def _main():
        facts = _Facts()
        path = _os.environ.get("FURROW_COMPAT_FACTS")
        if path and _os.path.exists(path):
            with open(path) as file:
                facts.update(_json.load(file))
        globals()[_os.environ.get("FURROW_COMPAT_STEP", %r)](facts)

    _main()
'''


class Venv:
    """A virtual environment made elsewhere, asked once which modules it has."""

    def __init__(self, folder):
        self.folder = folder
        self.python = os.path.join(folder, "bin", "python")
        self._known = {}
        self._lock = threading.Lock()

    def exists(self):
        return os.access(self.python, os.X_OK)

    def program(self, name):
        return os.path.join(self.folder, "bin", name)

    def has_module(self, name):
        with self._lock:
            if name not in self._known:
                probe = (
                    "import importlib.util,sys;sys.exit(not importlib.util.find_spec(sys.argv[1]))"
                )
                self._known[name] = (
                    subprocess.run([self.python, "-c", probe, name], capture_output=True).returncode
                    == 0
                )
            return self._known[name]

    def version_of(self, package):
        probe = "import importlib.metadata,sys;print(importlib.metadata.version(sys.argv[1]))"
        done = subprocess.run([self.python, "-c", probe, package], capture_output=True, text=True)
        return done.stdout.strip() or "?"

    def reaches_packages(self):
        """Whether pip can be asked for a package. One small question, asked once."""
        with self._lock:
            if "/network" not in self._known:
                done = subprocess.run(
                    [
                        self.python,
                        "-m",
                        "pip",
                        "--disable-pip-version-check",
                        "--retries",
                        "0",
                        "--timeout",
                        "10",
                        "index",
                        "versions",
                        "attrs",
                    ],
                    capture_output=True,
                )
                self._known["/network"] = done.returncode == 0
            return self._known["/network"]


def environment(server, venv, home, shared, network=False):
    """What a user of the SDK sets, and nothing of the caller's own ClearML settings."""
    env = {
        key: value
        for key, value in os.environ.items()
        if not key.startswith(("CLEARML_", "TRAINS_", "ALG_", "PYTHON"))
    }
    env.update(
        {
            "HOME": home,
            "PATH": os.path.join(venv.folder, "bin") + os.pathsep + env.get("PATH", ""),
            "VIRTUAL_ENV": venv.folder,
            "CLEARML_API_HOST": server.urls["api"],
            "CLEARML_WEB_HOST": server.urls["web"],
            "CLEARML_FILES_HOST": server.urls["files"],
            "CLEARML_API_ACCESS_KEY": server.access_key,
            "CLEARML_API_SECRET_KEY": server.secret_key,
            "CLEARML_CACHE_DIR": os.path.join(home, "cache"),
            "MPLBACKEND": "Agg",
            "MPLCONFIGDIR": os.path.join(shared, "matplotlib"),
            "GIT_CONFIG_GLOBAL": os.path.join(home, "gitconfig"),
            "GIT_CONFIG_NOSYSTEM": "1",
        }
    )
    if not network:
        # The SDK asks the outside world for a newer version of itself. Nothing leaves this machine.
        env.update(
            {
                "http_proxy": "http://127.0.0.1:9",
                "https_proxy": "http://127.0.0.1:9",
                "HTTP_PROXY": "http://127.0.0.1:9",
                "HTTPS_PROXY": "http://127.0.0.1:9",
                "no_proxy": "127.0.0.1,localhost,::1",
                "NO_PROXY": "127.0.0.1,localhost,::1",
            }
        )
    return env


class Outcome:
    """How a client's process ended."""

    def __init__(self, code, timed_out, log_path):
        self.code = code
        self.timed_out = timed_out
        self.log_path = log_path

    def tail(self):
        lines = 120 if self.timed_out else 25
        try:
            with open(self.log_path, errors="replace") as file:
                return file.read().splitlines()[-lines:]
        except OSError:
            return []

    def hung_on_its_reporter(self):
        """Whether the SDK hung in its own race (tests/compat/README.md, "The SDK's own race")."""
        if not self.timed_out:
            return False
        with open(self.log_path, errors="replace") as file:
            text = file.read()
        return "reporting sub-process lost" in text and "in wait_for_sub_process" in text


def run(command, env, folder, log_path, timeout, answers=b""):
    """One process group, to its end or its time limit; what it left running is ended with it.
    `answers` is what it reads from its standard input, a few lines at most."""
    with open(log_path, "ab") as log:
        process = subprocess.Popen(
            command,
            cwd=folder,
            env=env,
            stdin=subprocess.PIPE if answers else subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
        if answers:
            process.stdin.write(answers)
            process.stdin.close()
        timed_out = False
        try:
            process.wait(timeout)
        except subprocess.TimeoutExpired:
            timed_out = True
            # A case says where each of its threads stands; any other program just ends.
            process.send_signal(signal.SIGUSR1)
            time.sleep(1)
        end_group(process)
    return Outcome(process.returncode, timed_out, log_path)


def end_group(process, gently=False, patience=10):
    """Ends a process started by `run` or a daemon, with every child in its group."""
    if gently and process.poll() is None:
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


def write_script(case, folder):
    """The case as a script that stands alone; its path."""
    path = os.path.join(folder, f"{case.name}.py")
    with open(case.path) as file:
        source = file.read()
    with open(path, "w") as file:
        file.write(source + FOOTER % case.needs["steps"][0])
    return path


def read_facts(path):
    try:
        with open(path) as file:
            return json.load(file)
    except (OSError, ValueError):
        return {}
