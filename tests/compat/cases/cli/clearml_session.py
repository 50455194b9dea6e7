# SPDX-License-Identifier: Apache-2.0
"""clearml-session, a smoke run: it makes and queues its task, lists and describes it,
shuts it down.

No agent takes the task: the session itself would need an SSH server on the machine it runs on."""

NEEDS = {
    "sdk": ["2.1"],
    "modules": ["clearml_session"],
    "programs": ["clearml-session", "ssh"],
    "timeout": 150,
}


def client(facts):
    import subprocess
    import time

    from clearml import Task
    from clearml.backend_api.session.client import APIClient

    queue = APIClient().queues.create(name="compat-session")
    with open("session.log", "w") as log:
        child = subprocess.Popen(
            [
                "clearml-session",
                "--yes",
                "--queue",
                "compat-session",
                "--project",
                "compat/session",
                "--session-name",
                "smoke",
                "--jupyter-lab",
                "false",
                "--vscode-server",
                "false",
                "--docker",
                "",
                "--password",
                "not-a-secret",
                "--config-file",
                "session.json",
            ],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        )
        try:
            for _ in range(200):
                if Task.get_num_enqueued_tasks(queue_id=queue.id) or child.poll() is not None:
                    break
                time.sleep(0.5)
            entries = APIClient().queues.get_by_id(queue=queue.id).entries
            facts["task"] = entries[0].task if entries else None
            time.sleep(3)
            facts["still_waiting"] = child.poll() is None
        finally:
            child.terminate()
            child.wait(30)
    with open("session.log") as log:
        print(log.read())

    def session(*arguments):
        done = subprocess.run(
            ["clearml-session", "--config-file", "session.json", *arguments],
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
        )
        print(done.stdout, done.stderr)
        return done.stdout

    facts["info"] = session("info", "--id", facts["task"])
    facts["list"] = session("list")


def check(raw, facts):
    raw.true("it waits for a machine", facts["still_waiting"])
    task = raw.task(facts["task"])
    raw.same("status", task["status"], "queued")
    raw.same("name", task["name"], "smoke")
    raw.has("system_tags", task["system_tags"], "interactive")
    raw.same("project", raw.project(task["project"])["name"], "compat/session")
    raw.has("sections", task["hyperparams"], "properties", "interactive_session")
    raw.has("info", facts["info"], facts["task"], "status=queued")
    raw.has("list", facts["list"], "No interactive sessions found")
