# SPDX-License-Identifier: Apache-2.0
"""A task taken out of one queue and put into another is run there; reset, it runs once more."""

NEEDS = {"sdk": ["2.1"], "agent": {"queues": ["compat-requeue"]}, "timeout": 240}

JOB = '''
from clearml import Task

task = Task.init(project_name="compat/agent", task_name="queued twice",
                 auto_connect_frameworks=False)
task.get_logger().report_single_value("ran", 1)
print("it ran")
'''


def client(facts):
    import time

    from clearml import Task
    from clearml.backend_api.session.client import APIClient

    APIClient().queues.create(name="compat-nobody-listens")
    with open("job.py", "w") as file:
        file.write(JOB)
    task = Task.create(project_name="compat/agent", task_name="queued twice", script="job.py",
                       packages=["clearml"], add_task_init_call=False)
    facts["task"] = task.id

    def wait():
        for _ in range(300):
            if task.get_status() in ("completed", "failed", "stopped"):
                break
            time.sleep(0.5)
        return task.get_status()

    Task.enqueue(task, queue_name="compat-nobody-listens")
    time.sleep(3)
    facts["waiting"] = task.get_status()
    Task.dequeue(task)
    facts["dequeued"] = task.get_status()
    Task.enqueue(task, queue_name="compat-requeue")
    facts["first"] = wait()
    task.reload()
    facts["first_start"] = str(task.data.started)
    task.reset(force=True)
    facts["reset"] = task.get_status()
    Task.enqueue(task, queue_name="compat-requeue")
    facts["second"] = wait()
    task.reload()
    facts["second_start"] = str(task.data.started)


def check(raw, facts):
    raw.same("waiting", facts["waiting"], "queued")
    raw.same("dequeued", facts["dequeued"], "created")
    raw.same("first", facts["first"], "completed")
    raw.same("reset", facts["reset"], "created")
    raw.same("second", facts["second"], "completed")
    raw.true("started anew", facts["second_start"] > facts["first_start"])
    task = raw.task(facts["task"])
    raw.same("last run only", raw.log(task["id"]).count("it ran\n") <= 1, True)
    raw.same("queue", raw.queue("compat-nobody-listens")["entries"], [])
