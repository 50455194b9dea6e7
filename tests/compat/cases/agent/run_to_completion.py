# SPDX-License-Identifier: Apache-2.0
"""The life of a queue: a script sent away, run by the daemon; its clone run with another
parameter."""

NEEDS = {"sdk": ["2.1"], "agent": {"queues": ["default"]}, "timeout": 240}

JOB = """
from clearml import Task

task = Task.init(project_name="compat/agent", task_name="sent away", auto_connect_frameworks=False)
settings = task.connect({"lr": 0.5})
task.execute_remotely(queue_name="default")
for iteration in range(3):
    task.get_logger().report_scalar("rate", "lr", settings["lr"], iteration)
print("running far away")
"""


def client(facts):
    import subprocess
    import sys
    import time

    from clearml import Task

    with open("job.py", "w") as file:
        file.write(JOB)
    subprocess.run([sys.executable, "job.py"])
    facts["task"] = Task.get_task(project_name="compat/agent", task_name="sent away").id

    def wait(task_id):
        task = Task.get_task(task_id=task_id)
        for _ in range(400):
            if task.get_status() in ("completed", "failed", "stopped"):
                break
            time.sleep(0.5)
        return task.get_status()

    facts["status"] = wait(facts["task"])
    copy = Task.clone(source_task=facts["task"], name="with another rate")
    copy.set_parameters({"General/lr": 0.25})
    Task.enqueue(copy, queue_name="default")
    facts["copy"] = copy.id
    facts["copy_status"] = wait(copy.id)


def check(raw, facts):
    for which, rate in (("task", 0.5), ("copy", 0.25)):
        task = raw.task(facts[which])
        if task["status"] != "completed":
            print(raw.log(task["id"])[-3000:])
        raw.same(f"status of {which}", task["status"], "completed")
        raw.near(f"rate of {which}", raw.scalar(task["id"], "rate", "lr")[1], [rate] * 3)
        raw.has("console", raw.log(task["id"]), "running far away")
        raw.same("worker", task["last_worker"], "compat:run_to_completion-0")
    raw.same("parent of the clone", raw.task(facts["copy"])["parent"], facts["task"])
