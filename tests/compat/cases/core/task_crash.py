# SPDX-License-Identifier: Apache-2.0
"""A script that raises ends as failed, with its traceback in the console."""

NEEDS = {"timeout": 120}


def client(facts):
    import os
    import subprocess
    import sys

    child = subprocess.run([sys.executable, __file__],
                           env={**os.environ, "FURROW_COMPAT_STEP": "crash"})
    with open(os.environ["FURROW_COMPAT_FACTS"]) as file:
        import json
        facts.update(json.load(file))
    facts["code"] = child.returncode


def crash(facts):
    import time

    from clearml import Task

    task = Task.init(project_name="compat/crash", task_name="raises",
                     auto_connect_frameworks=False, auto_resource_monitoring=False)
    facts["task"] = task.id
    time.sleep(4)
    raise RuntimeError("the tractor is stuck")


def check(raw, facts):
    raw.true("the script failed", facts["code"] != 0)
    task = raw.task(facts["task"])
    raw.same("status", task["status"], "failed")
    raw.has("console", raw.log(task["id"]), "RuntimeError: the tractor is stuck")
    raw.true("completed is set", task.get("completed"))
