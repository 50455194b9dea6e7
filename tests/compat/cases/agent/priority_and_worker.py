# SPDX-License-Identifier: Apache-2.0
"""Two queues in order of priority, and what the server says about the worker meanwhile."""

NEEDS = {"sdk": ["2.1"], "agent": {"queues": ["compat-high", "compat-low"]}, "timeout": 240}

JOB = '''
import time
time.sleep(%d)
print("done")
'''


def client(facts):
    import time

    from clearml import Task
    from clearml.backend_api.session.client import APIClient

    def make(name, seconds):
        path = name + ".py"
        with open(path, "w") as file:
            file.write(JOB % seconds)
        return Task.create(project_name="compat/agent", task_name=name, script=path,
                           packages=["clearml"], add_task_init_call=False)

    blocker = make("blocker", 12)
    Task.enqueue(blocker, queue_name="compat-low")
    for _ in range(200):
        if blocker.get_status() == "in_progress":
            break
        time.sleep(0.2)
    low, high = make("low", 0), make("high", 0)
    Task.enqueue(low, queue_name="compat-low")
    Task.enqueue(high, queue_name="compat-high")
    client = APIClient()
    for _ in range(40):
        worker = [w for w in client.workers.get_all()
                  if w.id == "compat:priority_and_worker-0"][0]
        if getattr(worker, "task", None):
            break
        time.sleep(0.5)
    facts["worker_task"] = worker.task.id if getattr(worker, "task", None) else None
    facts["worker_queues"] = sorted(q.name for q in worker.queues)
    facts["blocker"] = blocker.id
    for task in (blocker, low, high):
        for _ in range(300):
            if task.get_status() in ("completed", "failed", "stopped"):
                break
            time.sleep(0.5)
    facts["low"], facts["high"] = low.id, high.id


def check(raw, facts):
    low, high = raw.task(facts["low"]), raw.task(facts["high"])
    raw.same("statuses", (low["status"], high["status"]), ("completed", "completed"))
    raw.true("the higher queue first", high["started"] < low["started"])
    raw.same("the worker's task", facts["worker_task"], facts["blocker"])
    raw.same("the worker's queues", facts["worker_queues"], ["compat-high", "compat-low"])
