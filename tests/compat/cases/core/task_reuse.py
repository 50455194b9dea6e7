# SPDX-License-Identifier: Apache-2.0
"""Running the same script again takes the same task, emptied; with an artifact it takes a new
one."""

NEEDS = {"steps": ["client", "again", "third"], "quick": True}


def _init():
    from clearml import Task

    return Task.init(
        project_name="compat/reuse",
        task_name="again and again",
        auto_connect_frameworks=False,
        auto_resource_monitoring=False,
    )


def client(facts):
    task = _init()
    facts["first"] = task.id
    task.get_logger().report_scalar("loss", "old", 9.0, iteration=3)
    task.connect({"old": 1})
    task.close()


def again(facts):
    task = _init()
    facts["second"] = task.id
    task.get_logger().report_scalar("loss", "new", 1.0, iteration=0)
    task.upload_artifact("keep", {"a": 1}, wait_on_upload=True)
    task.close()


def third(facts):
    task = _init()
    facts["third"] = task.id
    task.close()


def check(raw, facts):
    raw.same("reused", facts["second"], facts["first"])
    raw.true("a task with artifacts is left alone", facts["third"] != facts["first"])
    task = raw.task(facts["first"])
    raw.same("status", task["status"], "completed")
    raw.same("series after the reset", list(raw.scalars(task["id"])["loss"]), ["new"])
    raw.lacks("parameters after the reset", task.get("hyperparams", {}), "General")
    raw.same("last_iteration", task["last_iteration"], 0)
    raw.same("metrics", list(raw.last_metrics(task)), [("loss", "new")])
