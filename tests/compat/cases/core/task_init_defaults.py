# SPDX-License-Identifier: Apache-2.0
"""The first thing everybody does: Task.init with all defaults, a scalar, an artifact, a clean
exit."""

NEEDS = {"modules": ["numpy"], "quick": True}


def client(facts):
    from clearml import Task

    task = Task.init(project_name="compat/init", task_name="with all defaults")
    facts["task"] = task.id
    facts["project"] = task.project
    for iteration in range(5):
        task.get_logger().report_scalar(
            "loss", "train", value=1.0 / (iteration + 1), iteration=iteration
        )
    print("a line on standard output")
    task.upload_artifact("note", {"answer": 42}, wait_on_upload=True)
    task.close()


def check(raw, facts):
    task = raw.task(facts["task"])
    raw.same("name", task["name"], "with all defaults")
    raw.same("status", task["status"], "completed")
    raw.same("type", task["type"], "training")
    raw.same("status_reason", task["status_reason"], "completed")
    raw.has("system_tags", task["system_tags"], "development")
    raw.same("project", raw.project(task["project"])["name"], "compat/init")
    raw.same("last_iteration", task["last_iteration"], 4)
    raw.has("script", task["script"]["diff"], "with all defaults")
    raw.same("entry point", task["script"]["entry_point"], "task_init_defaults.py")
    raw.has("requirements", task["script"]["requirements"]["pip"], "clearml")
    raw.has("fields", task, "started", "completed", "created", "last_update", "user", "company")
    x, y = raw.scalar(task["id"], "loss", "train")
    raw.same("iterations", x, [0, 1, 2, 3, 4])
    raw.near("values", y, [1, 1 / 2, 1 / 3, 1 / 4, 1 / 5])
    raw.has("console", raw.log(task["id"]), "a line on standard output", "ClearML results page")
    raw.has("artifacts", raw.artifacts(task), "note")
    last = raw.last_metrics(task)[("loss", "train")]
    raw.near("last value", last["value"], 0.2)
    raw.near("max", last["max_value"], 1.0)
    raw.same("iteration of max", last["max_value_iteration"], 0)
    raw.near("min", last["min_value"], 0.2)
    raw.same("iteration of min", last["min_value_iteration"], 4)
