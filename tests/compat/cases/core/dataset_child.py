# SPDX-License-Identifier: Apache-2.0
"""A child version: added, modified and removed files; its copy is parent plus changes."""

NEEDS = {"quick": True, "timeout": 150}


def client(facts):
    import os

    from clearml import Dataset

    os.makedirs("base")
    for name in ("same", "modified", "removed"):
        with open(f"base/{name}.txt", "w") as file:
            file.write(name)
    parent = Dataset.create(dataset_name="versions", dataset_project="compat/datasets")
    parent.add_files("base")
    parent.upload(show_progress=False)
    parent.finalize()

    child = Dataset.create(dataset_name="versions", dataset_project="compat/datasets",
                           parent_datasets=[parent.id])
    os.makedirs("change")
    for name in ("modified", "added"):
        with open(f"change/{name}.txt", "w") as file:
            file.write(f"{name} again")
    child.add_files("change")
    child.remove_files("removed.txt")
    child.upload(show_progress=False)
    child.finalize()
    facts["parent"], facts["child"] = parent.id, child.id

    again = Dataset.get(dataset_id=child.id)
    facts["files"] = sorted(again.list_files())
    facts["added"] = sorted(again.list_added_files())
    facts["modified"] = sorted(again.list_modified_files())
    facts["removed"] = sorted(again.list_removed_files())
    facts["graph"] = again.get_dependency_graph()
    facts["version"] = again.version
    folder = again.get_local_copy()
    facts["content"] = {}
    for name in sorted(os.listdir(folder)):
        with open(os.path.join(folder, name)) as file:
            facts["content"][name] = file.read()
    facts["content"] = facts["content"]
    facts["newest"] = Dataset.get(dataset_project="compat/datasets", dataset_name="versions").id


def check(raw, facts):
    raw.same("files", facts["files"], ["added.txt", "modified.txt", "same.txt"])
    raw.same("added", facts["added"], ["added.txt"])
    raw.same("modified", facts["modified"], ["modified.txt"])
    raw.same("removed", facts["removed"], ["removed.txt"])
    raw.has("graph", facts["graph"], facts["child"], facts["parent"])
    raw.same("content", facts["content"], {"added.txt": "added again",
                                           "modified.txt": "modified again", "same.txt": "same"})
    raw.same("version counted up", facts["version"], "1.0.1")
    raw.same("newest version", facts["newest"], facts["child"])
    struct = raw.task(facts["child"])["configuration"]["Dataset Struct"]["value"]
    raw.has("structure", struct, facts["child"], facts["parent"])
