# SPDX-License-Identifier: Apache-2.0
"""export_task and import_task: a whole task as a dictionary, and a second one made of it."""


def client(facts):
    from clearml import Task

    task = Task.create(project_name="compat/export", task_name="source")
    task.set_parameters({"Args/lr": 0.5})
    task.set_configuration_object("net", config_text="layers = 3")
    task.set_tags(["exported"])
    exported = task.export_task()
    facts["task"] = task.id
    facts["exported"] = sorted(exported)
    exported["name"] = "imported"
    facts["imported"] = Task.import_task(exported).id


def check(raw, facts):
    task = raw.task(facts["imported"])
    raw.true("a new task", facts["imported"] != facts["task"])
    raw.same("name", task["name"], "imported")
    raw.same("lr", raw.param(task, "Args", "lr"), "0.5")
    raw.same("configuration", task["configuration"]["net"]["value"], "layers = 3")
    raw.has("tags", task["tags"], "exported")
    raw.has("export", facts["exported"], "id", "name", "hyperparams", "configuration", "script")
