# SPDX-License-Identifier: Apache-2.0
"""A script that exits with an error: the agent marks it failed and it stays failed."""

NEEDS = {"sdk": ["2.1"], "agent": {"queues": ["compat-fail"]}, "timeout": 240}

JOB = '''
from clearml import Task

task = Task.init(project_name="compat/agent", task_name="fails", auto_connect_frameworks=False)
print("about to fail")
raise SystemExit(3)
'''

PLAIN = '''
print("no clearml in here")
raise ValueError("the nozzle is blocked")
'''


def client(facts):
    import time

    from clearml import Task

    facts["tasks"] = []
    for name, source in (("fails", JOB), ("plain failure", PLAIN)):
        path = name.replace(" ", "_") + ".py"
        with open(path, "w") as file:
            file.write(source)
        task = Task.create(project_name="compat/agent", task_name=name, script=path,
                           packages=["clearml"], add_task_init_call=False)
        Task.enqueue(task, queue_name="compat-fail")
        facts["tasks"] = facts["tasks"] + [task.id]
    statuses = []
    for task_id in facts["tasks"]:
        task = Task.get_task(task_id=task_id)
        for _ in range(300):
            if task.get_status() in ("completed", "failed", "stopped"):
                break
            time.sleep(0.5)
        statuses.append(task.get_status())
    facts["ended"] = statuses
    time.sleep(6)
    facts["later"] = [Task.get_task(task_id=t).get_status() for t in facts["tasks"]]


def check(raw, facts):
    raw.same("ended", facts["ended"], ["failed", "failed"])
    raw.same("later", facts["later"], ["failed", "failed"])
    for task_id in facts["tasks"]:
        raw.same("status", raw.task(task_id)["status"], "failed")
    raw.has("reason", raw.task(facts["tasks"][1])["status_reason"], "exit code")
    raw.has("console", raw.log(facts["tasks"][0]), "about to fail")
    raw.has("console", raw.log(facts["tasks"][1]), "the nozzle is blocked")
