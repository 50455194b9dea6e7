# SPDX-License-Identifier: Apache-2.0
"""From a data set over a run to a model: every link of the chain can be followed on the server."""

NEEDS = {"quick": True, "timeout": 150}


def client(facts):
    from clearml import Dataset, OutputModel, Task

    with open("rows.csv", "w") as file:
        file.write("1,2\n")
    data = Dataset.create(dataset_name="rows", dataset_project="compat/lineage")
    data.add_files("rows.csv")
    data.upload(show_progress=False)
    data.finalize()
    facts["dataset"] = data.id

    task = Task.init(project_name="compat/lineage", task_name="train",
                     auto_connect_frameworks=False, auto_resource_monitoring=False)
    facts["task"] = task.id
    got = Dataset.get(dataset_project="compat/lineage", dataset_name="rows", alias="training rows")
    got.get_local_copy()
    model = OutputModel(task=task, name="rows model")
    model.update_weights(register_uri="http://127.0.0.1:9/rows.bin")
    facts["model"] = model.id
    task.close()


def check(raw, facts):
    task = raw.task(facts["task"])
    raw.same("data set of the run", raw.param(task, "Datasets", "training rows"), facts["dataset"])
    raw.same("model of the run", [m["model"] for m in task["models"]["output"]], [facts["model"]])
    raw.same("run of the model", raw.model(facts["model"])["task"], facts["task"])
    found = raw.call("tasks.get_all", only_fields=["id"],
                     **{"hyperparams.Datasets.training rows.value": [facts["dataset"]]})["tasks"]
    raw.same("runs of the data set", [t["id"] for t in found], [facts["task"]])
