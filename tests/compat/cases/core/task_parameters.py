# SPDX-License-Identifier: Apache-2.0
"""set_parameters, set_parameter, get_parameters and delete_parameter on another task's object."""

NEEDS = {"quick": True}


def client(facts):
    from clearml import Task

    task = Task.create(project_name="compat/params", task_name="parameters")
    facts["task"] = task.id
    task.set_parameters({"Args/lr": 0.5, "Args/gone": 1, "General/mode": "fast"})
    task.set_parameter("Args/lr", 0.75, description="learning rate")
    task.set_parameter("New/section", "x")
    facts["deleted"] = task.delete_parameter("Args/gone")
    facts["read"] = Task.get_task(task_id=task.id).get_parameters(cast=True)
    task.update_parameters({"General/added": [1, 2]})


def check(raw, facts):
    task = raw.task(facts["task"])
    raw.same("lr", raw.param(task, "Args", "lr"), "0.75")
    raw.same("description", task["hyperparams"]["Args"]["lr"]["description"], "learning rate")
    raw.same("mode", raw.param(task, "General", "mode"), "fast")
    raw.same("added", raw.param(task, "General", "added"), "[1, 2]")
    raw.same("section", raw.param(task, "New", "section"), "x")
    raw.lacks("Args", task["hyperparams"]["Args"], "gone")
    raw.true("delete_parameter said so", facts["deleted"])
    raw.same("read lr", facts["read"]["Args/lr"], 0.75)
