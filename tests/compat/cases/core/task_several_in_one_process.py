# SPDX-License-Identifier: Apache-2.0
"""Several tasks one after the other in one process, each with its own console and scalars."""


def client(facts):
    from clearml import Task

    ids = []
    for number in range(3):
        task = Task.init(project_name="compat/several", task_name=f"run {number}",
                         auto_connect_frameworks=False, auto_resource_monitoring=False)
        ids.append(task.id)
        print(f"console of run {number}")
        task.get_logger().report_scalar("number", "is", number, 0)
        task.close()
    facts["ids"] = ids


def check(raw, facts):
    for number, task_id in enumerate(facts["ids"]):
        raw.same("status", raw.task(task_id)["status"], "completed")
        raw.near("scalar", raw.scalar(task_id, "number", "is")[1], [number])
        raw.has("console", raw.log(task_id), f"console of run {number}")
        raw.lacks("console", raw.log(task_id), f"console of run {(number + 1) % 3}")
