# SPDX-License-Identifier: Apache-2.0
"""User properties: set in many forms, read, deleted; editable on a completed task."""

NEEDS = {"quick": True}


def client(facts):
    from clearml import Task

    task = Task.init(project_name="compat/properties", task_name="properties",
                     auto_connect_frameworks=False, auto_resource_monitoring=False)
    facts["task"] = task.id
    task.set_user_properties({"name": "backbone", "description": "network", "value": "yolo"},
                             quality=3, ratio=0.5)
    task.set_user_properties(remove_me="x")
    task.close()
    done = Task.get_task(task_id=task.id)
    done.set_user_properties(after="completion")
    facts["deleted"] = done.delete_user_properties(["properties/remove_me"])
    facts["values"] = Task.get_task(task_id=task.id).get_user_properties(value_only=True)


def check(raw, facts):
    task = raw.task(facts["task"])
    raw.same("status", task["status"], "completed")
    raw.same("backbone", raw.param(task, "properties", "backbone"), "yolo")
    raw.same("description", task["hyperparams"]["properties"]["backbone"]["description"], "network")
    raw.same("quality", raw.param(task, "properties", "quality"), "3")
    raw.same("after", raw.param(task, "properties", "after"), "completion")
    raw.same("read", facts["values"]["backbone"], "yolo")
