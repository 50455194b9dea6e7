# SPDX-License-Identifier: Apache-2.0
"""Models archived, brought back and removed with their weights; one in use is not removed
unforced."""

NEEDS = {}


def client(facts):
    from clearml import InputModel, Model, OutputModel, Task

    task = Task.init(
        project_name="compat/remove",
        task_name="makes models",
        output_uri=True,
        auto_connect_frameworks=False,
        auto_resource_monitoring=False,
    )
    ids, urls = [], []
    for number in range(2):
        with open(f"{number}.bin", "wb") as file:
            file.write(bytes([number]) * 64)
        model = OutputModel(task=task, name=f"model {number}")
        urls.append(
            model.update_weights(f"{number}.bin", auto_delete_file=False, async_enable=False)
        )
        ids.append(model.id)
    task.close()
    user = Task.create(project_name="compat/remove", task_name="uses a model")
    user.set_input_model(model_id=ids[1])
    facts["user"], facts["ids"], facts["urls"] = user.id, ids, urls
    model = Model(model_id=ids[0])
    model.archive()
    facts["archived"] = Model(model_id=ids[0]).system_tags
    model.unarchive()
    facts["back"] = Model(model_id=ids[0]).system_tags
    facts["unforced"] = Model.remove(ids[1], force=False)
    facts["forced"] = Model.remove(ids[0], force=True)
    facts["used_forced"] = Model.remove(ids[1], force=True)
    facts["imported"] = InputModel.import_model(
        weights_url="http://127.0.0.1:9/free.bin", name="free one", project="compat/remove"
    ).id
    facts["free"] = Model.remove(facts["imported"], delete_weights_file=False)


def check(raw, facts):
    raw.has("archived", facts["archived"], "archived")
    raw.lacks("back", facts["back"] or [], "archived")
    raw.same("in use", facts["unforced"], False)
    raw.same("forced", (facts["forced"], facts["used_forced"], facts["free"]), (True, True, True))
    for model in facts["ids"] + [facts["imported"]]:
        error = raw.refused("models.get_by_id", model=model)
        raw.same("gone", (error.code, error.subcode), (400, 201))
    for url in facts["urls"]:
        raw.same("weights", raw.file_status(url), 404)
    used = raw.task(facts["user"])["models"]["input"]
    raw.same("the task remembers", [m["model"] for m in used], ["__DELETED__" + facts["ids"][1]])
