# SPDX-License-Identifier: Apache-2.0
"""A folder kept in step with a data set; external links; rename and move."""

NEEDS = {"timeout": 200}


def client(facts):
    import os

    from clearml import Dataset

    os.makedirs("live")
    for name in ("a", "b"):
        with open(f"live/{name}.txt", "w") as file:
            file.write(name)
    first = Dataset.create(dataset_name="synced", dataset_project="compat/sync")
    facts["first_sync"] = first.sync_folder("live")
    first.upload(show_progress=False)
    first.finalize()
    os.unlink("live/a.txt")
    with open("live/c.txt", "w") as file:
        file.write("c")
    second = Dataset.create(dataset_name="synced", dataset_project="compat/sync",
                            parent_datasets=[first.id])
    facts["second_sync"] = second.sync_folder("live")
    with open("outside.txt", "w") as file:
        file.write("somewhere else")
    second.add_external_files(source_url="file://" + os.path.abspath("outside.txt"),
                              dataset_path="links")
    second.upload(show_progress=False)
    second.finalize()
    facts["dataset"] = second.id
    facts["files"] = sorted(Dataset.get(dataset_id=second.id).list_files())
    folder = Dataset.get(dataset_id=second.id).get_local_copy()
    with open(os.path.join(folder, "links", "outside.txt")) as file:
        facts["link"] = file.read()
    Dataset.move_to_project(new_dataset_project="compat/moved", dataset_project="compat/sync",
                            dataset_name="synced")
    facts["moved"] = Dataset.get(dataset_project="compat/moved", dataset_name="synced").id
    Dataset.rename(new_dataset_name="renamed", dataset_project="compat/moved",
                   dataset_name="synced")


def check(raw, facts):
    raw.same("first", facts["first_sync"], [0, 2, 0])
    raw.same("second", facts["second_sync"], [1, 1, 0])
    raw.same("files", facts["files"], ["b.txt", "c.txt", "links/outside.txt"])
    raw.same("link", facts["link"], "somewhere else")
    raw.same("moved", facts["moved"], facts["dataset"])
    project = raw.project(raw.task(facts["dataset"])["project"])["name"]
    raw.same("project", project, "compat/moved/.datasets/renamed")
