# SPDX-License-Identifier: Apache-2.0
"""A data set: created, filled, uploaded, finalized, fetched; tags, metadata, description,
listing."""

NEEDS = {"modules": ["numpy", "pandas"], "quick": True, "timeout": 150}


def client(facts):
    import os

    import pandas as pd
    from clearml import Dataset

    os.makedirs("photos/maize")
    for number in range(5):
        with open(f"photos/maize/{number}.txt", "w") as file:
            file.write(f"photo {number}")
    data = Dataset.create(
        dataset_name="weeds 2026",
        dataset_project="compat/datasets",
        dataset_tags=["field"],
        dataset_version="1.0.0",
        description="photos of weeds",
    )
    facts["dataset"] = data.id
    data.add_files("photos")
    data.set_metadata(pd.DataFrame({"a": [1, 2]}), metadata_name="frame")
    data.upload(show_progress=False)
    data.finalize()

    again = Dataset.get(dataset_id=data.id)
    facts["files"] = again.list_files()
    folder = again.get_local_copy()
    with open(os.path.join(folder, "maize", "3.txt")) as file:
        facts["content"] = file.read()
    facts["by_name"] = Dataset.get(dataset_project="compat/datasets", dataset_name="weeds 2026").id
    facts["by_version"] = Dataset.get(
        dataset_project="compat/datasets", dataset_name="weeds 2026", dataset_version="1.0.0"
    ).id
    facts["by_tag"] = Dataset.get(
        dataset_project="compat/datasets", dataset_name="weeds 2026", dataset_tags=["field"]
    ).id
    facts["list"] = [
        (d["name"], d["project"], d["id"], d["version"])
        for d in Dataset.list_datasets(dataset_project="compat/datasets", partial_name="^weeds")
    ]
    facts["final"] = again.is_final()
    facts["rows"] = len(again.get_metadata("frame"))


def check(raw, facts):
    task = raw.task(facts["dataset"])
    raw.same("status", task["status"], "completed")
    raw.same("type", task["type"], "data_processing")
    raw.has("system_tags", task["system_tags"], "dataset")
    raw.has("tags", task["tags"], "field")
    raw.same("comment", task["comment"], "photos of weeds")
    raw.same("version", task["runtime"]["version"], "1.0.0")
    project = raw.project(task["project"])
    raw.same("hidden project", project["name"], "compat/datasets/.datasets/weeds 2026")
    raw.has("its tags", project["system_tags"], "hidden", "dataset")
    raw.has("artifacts", raw.artifacts(task), "state", "data")
    raw.same("files", facts["files"], [f"maize/{n}.txt" for n in range(5)])
    raw.same("content", facts["content"], "photo 3")
    for way in ("by_name", "by_version", "by_tag"):
        raw.same(way, facts[way], facts["dataset"])
    raw.same("list", facts["list"], [["weeds 2026", "compat/datasets", facts["dataset"], "1.0.0"]])
    raw.true("final", facts["final"])
    raw.same("metadata", facts["rows"], 2)
    raw.has("genealogy", [p["metric"] for p in raw.plots(task["id"])], "__Dataset Genealogy")
    seen = raw.call("projects.get_all", name="^compat/datasets")["projects"]
    raw.lacks("projects in plain sight", [p["name"] for p in seen], project["name"])
