# SPDX-License-Identifier: Apache-2.0
"""An unmodified `clearml-agent daemon` in virtual-environment mode, for the length of one case."""

import os
import subprocess
import time

from . import clients

# The agent builds an environment for each task. These keep it to what the task asks for.
CONFIGURATION = """
agent {{
    worker_id: "{worker}"
    worker_name: "{worker}"
    force_git_ssh_protocol: false
    package_manager {{
        type: pip
        system_site_packages: true
        extra_index_url: []
    }}
    venvs_dir: "{home}/venvs-builds"
    venvs_cache {{ max_entries: 0 }}
    vcs_cache {{ enabled: true, path: "{home}/vcs-cache" }}
    pip_download_cache {{ enabled: true, path: "{shared}/pip-download-cache" }}
    docker_pip_cache: "{home}/pip-cache"
    reload_config: false
    translate_ssh: false
    python_binary: "{python}"
}}
sdk {{
    storage {{ cache {{ default_base_dir: "{home}/cache" }} }}
}}
"""


class Agent:
    """One daemon on some queues. `built` decides whether each task gets an environment of its
    own or runs in the SDK's, which takes seconds instead of a minute."""

    def __init__(self, server, agent_venv, sdk_venv, folder, shared, queues, name, built=False):
        self.worker = f"compat:{name}"
        self.log_path = os.path.join(folder, f"agent-{name}.log")
        home = os.path.join(folder, f"agent-{name}")
        pip_cache = os.path.join(os.path.dirname(agent_venv.folder), ".pip-cache")
        os.makedirs(os.path.join(home, "cache"), exist_ok=True)
        os.makedirs(shared, exist_ok=True)
        configuration = os.path.join(home, "clearml.conf")
        with open(configuration, "w") as file:
            file.write(
                CONFIGURATION.format(
                    worker=self.worker, home=home, shared=shared, python="/usr/bin/python3"
                )
            )
        env = clients.environment(server, agent_venv, home, shared, network=built)
        env.update(
            {
                "CLEARML_CONFIG_FILE": configuration,
                "CLEARML_WORKER_ID": self.worker,
                "CLEARML_CUDA_VERSION": "0",
                "CLEARML_CUDNN_VERSION": "0",
                "NVIDIA_VISIBLE_DEVICES": "none",
                "TMPDIR": os.path.join(home, "tmp"),
                "CLEARML_AGENT_QUEUE_POLL_FREQ_SEC": "1",
                "CLEARML_AGENT_STATUS_REPORT_FREQ_SEC": "3",
                "PIP_CACHE_DIR": pip_cache,
                "PIP_DISABLE_PIP_VERSION_CHECK": "1",
            }
        )
        os.makedirs(env["TMPDIR"], exist_ok=True)
        if not built:
            env["CLEARML_AGENT_SKIP_PIP_VENV_INSTALL"] = sdk_venv.python
            env["CLEARML_AGENT_SKIP_PYTHON_ENV_INSTALL"] = "1"
        self._env = env
        self._home = home
        self._command = [
            agent_venv.program("clearml-agent"),
            "daemon",
            "--foreground",
            "--cpu-only",
            "--queue",
            *queues,
        ]
        self._process = None

    def start(self, raw, timeout=60):
        """Returns when the server knows the worker."""
        with open(self.log_path, "ab") as log:
            self._process = subprocess.Popen(
                self._command,
                cwd=self._home,
                env=self._env,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        deadline = time.monotonic() + timeout
        while time.monotonic() < deadline:
            if self._process.poll() is not None:
                break
            if any(w["id"] == self.worker for w in raw.call("workers.get_all")["workers"]):
                return
            time.sleep(0.3)
        self.stop()
        raise RuntimeError(
            f"clearml-agent did not register in {timeout} s: " + " | ".join(self.tail(8))
        )

    def stop(self):
        if self._process is not None:
            clients.end_group(self._process, gently=True)
            self._process = None

    def tail(self, lines=30):
        try:
            with open(self.log_path, errors="replace") as file:
                return file.read().splitlines()[-lines:]
        except OSError:
            return []
