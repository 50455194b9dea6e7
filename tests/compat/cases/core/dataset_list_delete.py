# SPDX-License-Identifier: Apache-2.0
"""Listing by project, name and tag; deleting one version and a whole data set with its files."""

NEEDS = {"timeout": 200}


def client(facts):
    from clearml import Dataset

    with open("one.txt", "w") as file:
        file.write("one")

    def make(name, tags=(), parents=None):
        data = Dataset.create(dataset_name=name, dataset_project="compat/listing",
                              dataset_tags=list(tags), parent_datasets=parents)
        data.add_files("one.txt")
        data.upload(show_progress=False)
        data.finalize()
        return data.id

    first = make("alpha", ["red"])
    second = make("alpha", ["blue"], [first])
    third = make("beta", ["red"])
    Dataset.create(dataset_name="unfinished", dataset_project="compat/listing")

    def names(**query):
        return sorted(d["name"] for d in Dataset.list_datasets(dataset_project="compat/listing",
                                                               **query))

    facts["all"] = names()
    facts["unfinished"] = names(only_completed=False)
    facts["tag"] = names(tags=["red"])
    facts["partial"] = names(partial_name="alph")
    facts["ids"] = sorted(d["id"] for d in Dataset.list_datasets(ids=[first, third])) == sorted(
        [first, third])
    task = Dataset.get(dataset_id=third)._task
    facts["url"] = task.artifacts["data"].url
    Dataset.delete(dataset_id=third)
    Dataset.delete(dataset_project="compat/listing", dataset_name="alpha", entire_dataset=True,
                   force=True)
    facts["gone"] = [first, second, third]
    facts["left"] = names(only_completed=False)


def check(raw, facts):
    raw.same("all", facts["all"], ["alpha", "alpha", "beta"])
    raw.same("unfinished too", facts["unfinished"], ["alpha", "alpha", "beta", "unfinished"])
    raw.same("tag", facts["tag"], ["alpha", "beta"])
    raw.same("partial", facts["partial"], ["alpha", "alpha"])
    raw.true("by id", facts["ids"])
    raw.same("left", facts["left"], ["unfinished"])
    for dataset in facts["gone"]:
        raw.true("deleted", not raw.task_exists(dataset))
    raw.same("its file", raw.file_status(facts["url"]), 404)
