# SPDX-License-Identifier: Apache-2.0
"""task.connect of dictionaries: types, nesting, odd keys, and changes made after connecting."""

NEEDS = {"quick": True}

VALUES = {
    "lr": 0.001,
    "epochs": 7,
    "name": "corn",
    "flag": True,
    "nothing": None,
    "empty": "",
    "list": [1, 2, 3],
    "nested": {"deep": {"value": 3}},
    "dotted.key": "a",
    "$dollar": "b",
    "100%": "c",
    "_under": "d",
    "with space": "e",
    "schlüssel": "wert",
}


def client(facts):
    from clearml import Task

    task = Task.init(
        project_name="compat/connect",
        task_name="dictionaries",
        auto_connect_frameworks=False,
        auto_resource_monitoring=False,
    )
    facts["task"] = task.id
    values = task.connect(dict(VALUES))
    other = task.connect({"depth": 4}, name="Model")
    values["late"] = 12
    other["depth"] = 5
    task.flush(wait_for_uploads=True)
    again = Task.get_task(task_id=task.id)
    facts["parameters"] = again.get_parameters()
    facts["as_dict"] = again.get_parameters_as_dict(cast=True)
    task.close()


def check(raw, facts):
    task = raw.task(facts["task"])
    for name, text in (
        ("lr", "0.001"),
        ("epochs", "7"),
        ("name", "corn"),
        ("flag", "True"),
        ("nothing", ""),
        ("list", "[1, 2, 3]"),
        ("nested/deep/value", "3"),
        ("dotted.key", "a"),
        ("$dollar", "b"),
        ("100%", "c"),
        ("_under", "d"),
        ("with space", "e"),
        ("schlüssel", "wert"),
        ("late", "12"),
    ):
        raw.same(name, raw.param(task, "General", name), text)
        raw.same(f"{name} read back", facts["parameters"][f"General/{name}"], text)
    raw.same("Model/depth", raw.param(task, "Model", "depth"), "5")
    raw.same("section in the entry", task["hyperparams"]["General"]["lr"]["section"], "General")
    raw.same("type in the entry", task["hyperparams"]["General"]["epochs"]["type"], "int")
    raw.near("cast", facts["as_dict"]["General"]["lr"], 0.001)
    answer = raw.call("tasks.get_hyper_params", tasks=[task["id"]])["params"]
    raw.same("task of get_hyper_params", answer[0]["task"], task["id"])
    listed = {(p["section"], p["name"]): p["value"] for p in answer[0]["hyperparams"]}
    raw.same("listed dotted key", listed[("General", "dotted.key")], "a")
    found = raw.call("tasks.get_all", id=[task["id"]], only_fields=["hyperparams.General.lr"])[
        "tasks"
    ]
    raw.same("projected", found[0]["hyperparams"]["General"]["lr"]["value"], "0.001")
