# SPDX-License-Identifier: Apache-2.0
"""A run stopped from outside: its own process notices within seconds, ends, stays stopped."""

NEEDS = {"timeout": 120, "quick": True}


def client(facts):
    import json
    import os
    import subprocess
    import sys
    import time

    child = subprocess.Popen([sys.executable, __file__],
                             env={**os.environ, "FURROW_COMPAT_STEP": "endless"})
    for _ in range(300):
        time.sleep(0.2)
        if os.path.exists("ready"):
            break
    with open(os.environ["FURROW_COMPAT_FACTS"]) as file:
        facts.update(json.load(file))
    from clearml.backend_api.session.client import APIClient

    answer = APIClient().tasks.stop(task=facts["task"], status_message="stopped by a colleague")
    facts["updated"] = answer.response.updated if hasattr(answer, "response") else 1
    begin = time.time()
    child.wait(60)
    facts["took"] = time.time() - begin
    facts["code"] = child.returncode


def endless(facts):
    import time

    from clearml import Task

    task = Task.init(project_name="compat/stop", task_name="endless",
                     auto_connect_frameworks=False, auto_resource_monitoring=False)
    facts["task"] = task.id
    open("ready", "w").close()
    for iteration in range(100):
        task.get_logger().report_scalar("loss", "train", 1.0, iteration)
        time.sleep(1)
    facts["to_the_end"] = True


def check(raw, facts):
    task = raw.task(facts["task"])
    raw.same("status", task["status"], "stopped")
    raw.lacks("the run", facts, "to_the_end")
    raw.true("the process ended early", facts["took"] < 50)
