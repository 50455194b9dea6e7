# SPDX-License-Identifier: Apache-2.0
"""TaskScheduler: a task cloned and queued by the clock, and a function called by it."""

NEEDS = {"sdk": ["2.1"], "timeout": 150}

SCRIPT = '''
import sys
from clearml import Task
from clearml.automation import TaskScheduler


def called():
    with open("called", "a") as file:
        file.write("x")


scheduler = TaskScheduler(sync_frequency_minutes=0.05,
                          force_create_task_project="compat/scheduler",
                          force_create_task_name="scheduler")
scheduler.add_task(name="every hour", schedule_task_id=sys.argv[1], queue="compat-scheduled",
                   hour=1, execute_immediately=True, task_parameters={"General/by": "the clock"})
scheduler.add_task(name="function", schedule_function=called, queue="", minute=30,
                   execute_immediately=True)
scheduler.start()
'''


def client(facts):
    import os
    import subprocess
    import sys
    import time

    from clearml import Task
    from clearml.backend_api.session.client import APIClient

    queue = APIClient().queues.create(name="compat-scheduled")
    task = Task.create(project_name="compat/scheduler", task_name="template")
    facts["task"] = task.id
    with open("scheduler.py", "w") as file:
        file.write(SCRIPT)
    child = subprocess.Popen([sys.executable, "scheduler.py", task.id])
    try:
        for _ in range(160):
            if os.path.exists("called") and Task.get_num_enqueued_tasks(queue_id=queue.id):
                break
            time.sleep(0.5)
    finally:
        child.kill()
        child.wait()
    facts["called"] = os.path.exists("called")
    facts["queue"] = queue.id


def check(raw, facts):
    raw.true("the function was called", facts["called"])
    entries = raw.queue("compat-scheduled")["entries"]
    raw.same("one entry", len(entries), 1)
    clone = raw.task(entries[0]["task"])
    raw.same("a clone", clone["parent"], facts["task"])
    raw.same("its parameter", raw.param(clone, "General", "by"), "the clock")
    raw.same("status", clone["status"], "queued")
