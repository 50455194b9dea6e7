# SPDX-License-Identifier: Apache-2.0
"""A task running on an agent is stopped from the server: the agent ends it and marks it stopped."""

NEEDS = {"sdk": ["2.1"], "agent": {"queues": ["compat-abort"]}, "timeout": 240}

JOB = """
import time
from clearml import Task

task = Task.init(project_name="compat/agent", task_name="to be aborted",
                 auto_connect_frameworks=False)
print("started and never ends", flush=True)
for number in range(600):
    task.get_logger().report_scalar("beat", "is", number, number)
    time.sleep(1)
print("came to its end")
"""


def client(facts):
    import time

    from clearml import Task
    from clearml.backend_api.session.client import APIClient

    with open("job.py", "w") as file:
        file.write(JOB)
    task = Task.create(
        project_name="compat/agent",
        task_name="to be aborted",
        script="job.py",
        packages=["clearml"],
        add_task_init_call=False,
    )
    facts["task"] = task.id
    Task.enqueue(task, queue_name="compat-abort")
    for _ in range(300):
        if task.get_status() == "in_progress" and task.get_reported_scalars():
            break
        time.sleep(0.5)
    facts["before"] = task.get_status()
    APIClient().tasks.stop(task=task.id, status_reason="enough")
    task.reload()
    facts["asked"] = [str(task.data.status), task.data.status_message]
    for _ in range(200):
        if task.get_status() != "in_progress":
            break
        time.sleep(0.5)
    facts["after"] = task.get_status()


def check(raw, facts):
    raw.same("before", facts["before"], "in_progress")
    raw.same(
        "stop is a request while a worker runs it", facts["asked"], ["in_progress", "stopping"]
    )
    task = raw.task(facts["task"])
    raw.same("status", task["status"], "stopped")
    raw.lacks("console", raw.log(task["id"]), "came to its end")
    raw.has("console", raw.log(task["id"]), "started and never ends")
