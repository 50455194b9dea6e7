# SPDX-License-Identifier: Apache-2.0
"""continue_last_task goes on where the previous run ended: iterations, console and scalars add
up."""

NEEDS = {"steps": ["client", "more"]}


def client(facts):
    from clearml import Task

    task = Task.init(
        project_name="compat/continue",
        task_name="long training",
        auto_connect_frameworks=False,
        auto_resource_monitoring=False,
    )
    facts["task"] = task.id
    for iteration in range(3):
        task.get_logger().report_scalar("loss", "train", 3.0 - iteration, iteration)
    print("first half")
    task.close()


def more(facts):
    from clearml import Task

    task = Task.init(
        project_name="compat/continue",
        task_name="long training",
        continue_last_task=True,
        auto_connect_frameworks=False,
        auto_resource_monitoring=False,
    )
    facts["again"] = task.id
    facts["initial"] = task.get_initial_iteration()
    for iteration in range(2):
        task.get_logger().report_scalar("loss", "train", 0.5, iteration)
    print("second half")
    task.close()


def check(raw, facts):
    raw.same("the same task", facts["again"], facts["task"])
    raw.same("initial iteration", facts["initial"], 3)
    task = raw.task(facts["task"])
    raw.same("status", task["status"], "completed")
    x, y = raw.scalar(task["id"], "loss", "train")
    raw.same("iterations", x, [0, 1, 2, 3, 4])
    raw.near("values", y, [3.0, 2.0, 1.0, 0.5, 0.5])
    raw.same("last_iteration", task["last_iteration"], 4)
    raw.has("console", raw.log(task["id"]), "first half", "second half")
