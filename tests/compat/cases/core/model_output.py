# SPDX-License-Identifier: Apache-2.0
"""An output model: uploaded weights, labels, design, tags, comment; its task knows it."""

NEEDS = {"quick": True}


def client(facts):
    from clearml import InputModel, Model, OutputModel, Task

    task = Task.init(project_name="compat/model", task_name="trains", output_uri=True,
                     auto_connect_frameworks=False, auto_resource_monitoring=False)
    facts["task"] = task.id
    with open("weights.bin", "wb") as file:
        file.write(b"weights" * 100)
    model = OutputModel(task=task, name="weeds", framework="PyTorch",
                        label_enumeration={"background": 0, "weed": 1, "crop": 2},
                        config_dict={"layers": 3}, tags=["first"], comment="a model")
    facts["url"] = model.update_weights("weights.bin", auto_delete_file=False, async_enable=False,
                                        iteration=7)
    model.wait_for_uploads()
    facts["model"] = model.id
    model.tags = ["first", "second"]
    model.update_labels({"background": 0, "weed": 1, "crop": 2, "stone": 3})
    task.close()

    again = Model(model_id=model.id)
    with open(again.get_local_copy(), "rb") as file:
        facts["bytes"] = len(file.read())
    facts["labels"] = again.labels
    facts["framework"] = again.framework
    facts["config"] = again.config_dict
    facts["of_task"] = [m.id for m in Task.get_task(task_id=task.id).models["output"]]
    facts["input"] = InputModel(model_id=model.id).url


def check(raw, facts):
    model = raw.model(facts["model"])
    raw.same("name", model["name"], "weeds")
    raw.same("framework", model["framework"], "PyTorch")
    raw.same("labels", model["labels"], {"background": 0, "weed": 1, "crop": 2, "stone": 3})
    raw.same("tags", model["tags"], ["first", "second"])
    raw.same("task", model["task"], facts["task"])
    raw.same("uri", model["uri"], facts["url"])
    raw.same("bytes", raw.file(model["uri"]), b"weights" * 100)
    raw.has("comment", model["comment"], "a model")
    raw.has("design", str(model["design"]), "layers")
    raw.same("ready", model["ready"], False)
    task = raw.task(facts["task"])
    raw.same("output models", [m["model"] for m in task["models"]["output"]], [facts["model"]])
    raw.same("project", model["project"], task["project"])
    raw.same("downloaded", facts["bytes"], 700)
    raw.same("labels read", facts["labels"]["crop"], 2)
    raw.same("config read", facts["config"], {"layers": 3})
    raw.same("models of the task", facts["of_task"], [facts["model"]])
    raw.same("as input", facts["input"], facts["url"])
