# SPDX-License-Identifier: Apache-2.0
"""A session recorded without a server, imported afterwards: scalars, console, artifact,
parameters."""

NEEDS = {"steps": ["client", "bring"], "timeout": 120}


def client(facts):
    from clearml import Task

    Task.set_offline(True)
    task = Task.init(
        project_name="compat/offline",
        task_name="in the field",
        auto_connect_frameworks=False,
        auto_resource_monitoring=False,
    )
    task.connect({"lr": 0.3})
    for iteration in range(4):
        task.get_logger().report_scalar("loss", "train", float(iteration), iteration)
    task.get_logger().report_single_value("best", 0.125)
    print("spoken without a network")
    task.upload_artifact("harvest", {"tons": 3}, wait_on_upload=True)
    task.set_tags(["offline-tag"])
    task.close()
    facts["folder"] = str(task.get_offline_mode_folder()) + ".zip"


def bring(facts):
    from clearml import Task

    facts["task"] = Task.import_offline_session(session_folder_zip=facts["folder"])


def check(raw, facts):
    task = raw.task(facts["task"])
    raw.same("name", task["name"], "in the field")
    raw.same("project", raw.project(task["project"])["name"], "compat/offline")
    raw.same("lr", raw.param(task, "General", "lr"), "0.3")
    x, y = raw.scalar(task["id"], "loss", "train")
    raw.same("iterations", x, [0, 1, 2, 3])
    raw.near("values", y, [0.0, 1.0, 2.0, 3.0])
    raw.near("single value", raw.single_values(task["id"])[("Summary", "best")], 0.125)
    raw.has("console", raw.log(task["id"]), "spoken without a network")
    raw.has("artifacts", raw.artifacts(task), "harvest")
    stored = raw.file(raw.artifacts(task)["harvest"]["uri"])
    raw.true("artifact bytes", b"tons" in stored)
    raw.has("tags", task["tags"], "offline-tag")
    raw.has("states", ("completed", "stopped"), task["status"])
