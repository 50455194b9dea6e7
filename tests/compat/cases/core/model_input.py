# SPDX-License-Identifier: Apache-2.0
"""Input models: imported, connected to a task, found on it again; another task's model is used."""

NEEDS = {"quick": True}


def client(facts):
    from clearml import InputModel, OutputModel, Task

    task = Task.init(
        project_name="compat/input",
        task_name="fine-tunes",
        auto_connect_frameworks=False,
        auto_resource_monitoring=False,
    )
    facts["task"] = task.id
    base = InputModel.import_model(
        weights_url="http://127.0.0.1:9/base.bin",
        name="base",
        label_enumeration={"weed": 1},
        config_text="depth: 3",
    )
    task.connect(base, name="backbone")
    second = InputModel.import_model(weights_url="http://127.0.0.1:9/second.bin", name="second")
    second.connect(task)
    facts["base"], facts["second"] = base.id, second.id
    out = OutputModel(task=task, name="tuned")
    out.update_weights(register_uri="http://127.0.0.1:9/tuned.bin")
    facts["out"] = out.id
    task.close()
    models = Task.get_task(task_id=task.id).models
    facts["input"] = [(m.id, m.name) for m in models["input"]]
    facts["output"] = [m.id for m in models["output"]]
    facts["keys"] = sorted(models["input"].keys())


def check(raw, facts):
    task = raw.task(facts["task"])
    stored = {m["name"]: m["model"] for m in task["models"]["input"]}
    raw.same("backbone", stored.get("backbone"), facts["base"])
    raw.has("both", list(stored.values()), facts["base"], facts["second"])
    raw.same(
        "read", [pair[0] for pair in facts["input"]], [m["model"] for m in task["models"]["input"]]
    )
    raw.same("output", facts["output"], [facts["out"]])
    raw.same("labels", raw.model(facts["base"])["labels"], {"weed": 1})
    found = raw.call(
        "tasks.get_all", only_fields=["id"], **{"models.input.model": [facts["base"]]}
    )["tasks"]
    raw.same("found by its input model", [t["id"] for t in found], [facts["task"]])
