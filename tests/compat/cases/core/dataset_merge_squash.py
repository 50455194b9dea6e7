# SPDX-License-Identifier: Apache-2.0
"""Two data sets merged as parents of a third; two versions squashed into one."""

NEEDS = {"timeout": 200}


def client(facts):
    import os

    from clearml import Dataset

    def make(name, files, parents=None):
        folder = f"in {name}"
        os.makedirs(folder, exist_ok=True)
        for file_name, text in files.items():
            with open(os.path.join(folder, file_name), "w") as file:
                file.write(text)
        data = Dataset.create(dataset_name=name, dataset_project="compat/datasets",
                              parent_datasets=parents)
        if files:
            data.add_files(folder)
        data.upload(show_progress=False)
        data.finalize()
        return data.id

    one = make("merge one", {"a.txt": "a1", "b.txt": "b1"})
    two = make("merge two", {"b.txt": "b2", "c.txt": "c2"})
    both = make("merged", {"d.txt": "d3"}, [one, two])
    facts["merged"] = both
    facts["parents"] = [one, two]
    merged = Dataset.get(dataset_id=both)
    facts["files"] = sorted(merged.list_files())
    folder = merged.get_local_copy()
    with open(os.path.join(folder, "b.txt")) as file:
        facts["later parent wins"] = file.read()
    squashed = Dataset.squash(dataset_name="squashed", dataset_ids=[one, both])
    facts["squashed"] = squashed.id
    facts["squashed_files"] = sorted(Dataset.get(dataset_id=squashed.id).list_files())
    alone = Dataset.squash(dataset_name="alone", dataset_ids=[both])
    facts["alone_files"] = sorted(Dataset.get(dataset_id=alone.id).list_files())
    facts["alone_graph"] = Dataset.get(dataset_id=alone.id).get_dependency_graph()
    facts["alone"] = alone.id


def check(raw, facts):
    raw.same("files", facts["files"], ["a.txt", "b.txt", "c.txt", "d.txt"])
    raw.same("the later parent wins", facts["later parent wins"], "b2")
    raw.same("squashed", facts["squashed_files"], ["a.txt", "b.txt", "d.txt"])
    raw.same("alone", facts["alone_files"], ["a.txt", "b.txt", "c.txt", "d.txt"])
    raw.same("without parents", facts["alone_graph"], {facts["alone"]: []})
    raw.same("status", raw.task(facts["squashed"])["status"], "completed")
