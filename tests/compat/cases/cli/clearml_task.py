# SPDX-License-Identifier: Apache-2.0
"""The clearml-task command line: a script turned into a queued task, with arguments and
packages."""

NEEDS = {"sdk": ["2.1"], "programs": ["clearml-task"], "timeout": 120}

SCRIPT = """
import argparse

parser = argparse.ArgumentParser()
parser.add_argument("--lr", type=float, default=0.1)
parser.add_argument("--epochs", type=int, default=1)
arguments = parser.parse_args()
print(arguments)
"""


def client(facts):
    import re
    import subprocess

    from clearml.backend_api.session.client import APIClient

    APIClient().queues.create(name="compat-clearml-task")
    with open("train.py", "w") as file:
        file.write(SCRIPT)
    done = subprocess.run(
        [
            "clearml-task",
            "--project",
            "compat/cli",
            "--name",
            "from the shell",
            "--script",
            "train.py",
            "--args",
            "lr=0.5",
            "epochs=3",
            "--queue",
            "compat-clearml-task",
            "--packages",
            "numpy>=1.0",
            "--task-type",
            "testing",
            "--tags",
            "shell",
        ],
        capture_output=True,
        text=True,
    )
    print(done.stdout, done.stderr)
    facts["code"] = done.returncode
    facts["task"] = re.search(r"id=([0-9a-f]{32})", done.stdout).group(1)


def check(raw, facts):
    raw.same("exit code", facts["code"], 0)
    task = raw.task(facts["task"])
    raw.same("status", task["status"], "queued")
    raw.same("type", task["type"], "testing")
    raw.same("lr", raw.param(task, "Args", "lr"), "0.5")
    raw.same("epochs", raw.param(task, "Args", "epochs"), "3")
    raw.has("script", task["script"]["diff"], "argparse")
    raw.has("packages", task["script"]["requirements"]["pip"], "numpy")
    raw.has("tags", task["tags"], "shell")
    raw.same(
        "entries", [e["task"] for e in raw.queue("compat-clearml-task")["entries"]], [facts["task"]]
    )
