# SPDX-License-Identifier: Apache-2.0
"""A model of several files: packed, uploaded, fetched and unpacked."""

NEEDS = {"steps": ["client", "fetch"]}


def client(facts):
    import os

    from clearml import OutputModel, Task

    task = Task.init(project_name="compat/package", task_name="packs", output_uri=True,
                     auto_connect_frameworks=False, auto_resource_monitoring=False)
    os.makedirs("saved/variables")
    for name in ("saved/model.pb", "saved/variables/data"):
        with open(name, "w") as file:
            file.write(name)
    model = OutputModel(task=task, name="packed")
    model.update_weights_package(weights_path="saved", auto_delete_file=False, async_enable=False)
    facts["model"] = model.id
    task.close()


def fetch(facts):
    import os

    from clearml import Model

    folder = Model(model_id=facts["model"]).get_local_copy()
    facts["files"] = sorted(os.path.relpath(os.path.join(root, name), folder)
                            for root, _, names in os.walk(folder) for name in names)


def check(raw, facts):
    raw.same("files", [f.split("/")[-1] for f in facts["files"]], ["model.pb", "data"])
    raw.same("an archive", raw.file(raw.model(facts["model"])["uri"])[:2], b"PK")
