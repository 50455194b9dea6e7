# SPDX-License-Identifier: Apache-2.0
"""Task.clone copies what describes the work and leaves behind what the run produced."""

NEEDS = {"quick": True}


def client(facts):
    from clearml import Task

    task = Task.init(project_name="compat/clone", task_name="original", tags=["kept"],
                     auto_connect_frameworks=False, auto_resource_monitoring=False)
    facts["task"] = task.id
    task.connect({"lr": 0.1})
    task.connect_configuration({"layers": 3}, name="net")
    task.get_logger().report_scalar("loss", "train", 1.0, 0)
    task.upload_artifact("result", {"a": 1}, wait_on_upload=True)
    task.set_user_properties(owner="field")
    task.close()
    copy = Task.clone(source_task=task.id, name="copy", comment="a copy", parent=task.id)
    copy.set_parameters({"General/lr": 0.2})
    facts["copy"] = copy.id
    elsewhere = Task.clone(source_task=task, name="elsewhere",
                           project=Task.get_project_id("compat/clone"))
    facts["elsewhere"] = elsewhere.id


def check(raw, facts):
    task, copy = raw.task(facts["task"]), raw.task(facts["copy"])
    raw.same("name", copy["name"], "copy")
    raw.same("comment", copy["comment"], "a copy")
    raw.same("status", copy["status"], "created")
    raw.same("parent", copy["parent"], task["id"])
    raw.same("project", copy["project"], task["project"])
    raw.same("lr", raw.param(copy, "General", "lr"), "0.2")
    raw.same("lr of the original", raw.param(task, "General", "lr"), "0.1")
    raw.has("configuration", copy["configuration"], "net")
    raw.same("diff", copy["script"]["diff"], task["script"]["diff"])
    raw.has("tags", copy["tags"], "kept")
    raw.lacks("system_tags", copy.get("system_tags", []), "development")
    raw.same("artifacts", raw.artifacts(copy), {})
    raw.same("scalars", raw.scalars(copy["id"]), {})
    raw.same("metrics", copy.get("last_metrics") or {}, {})
    raw.same("a third copy", raw.task(facts["elsewhere"])["status"], "created")
    raw.lacks("started", [k for k, v in copy.items() if v], "started", "completed")
