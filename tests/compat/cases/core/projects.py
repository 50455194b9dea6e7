# SPDX-License-Identifier: Apache-2.0
"""Projects by name and id: made on the way, nested, listed, with an own output destination."""

NEEDS = {"quick": True}


def client(facts):
    from clearml import Task
    from clearml.backend_api.session.client import APIClient

    task = Task.create(project_name="compat/deep/er/tree", task_name="leaf")
    facts["task"] = task.id
    facts["id"] = Task.get_project_id("compat/deep/er/tree")
    facts["missing"] = Task.get_project_id("compat/not there")
    facts["names"] = sorted(p.name for p in Task.get_projects()
                            if p.name.startswith("compat/deep"))
    client = APIClient()
    made = client.projects.create(name="compat/deep/with ünicode", description="described")
    facts["made"] = made.id
    client.projects.update(project=made.id, description="changed")
    facts["found"] = [p.id for p in client.projects.get_all(name=r"^compat/deep/with ünicode$")]


def check(raw, facts):
    raw.same("id", facts["id"], raw.task(facts["task"])["project"])
    raw.same("missing", facts["missing"], None)
    raw.has("parents are made", facts["names"], "compat/deep/er/tree", "compat/deep/er",
            "compat/deep")
    raw.same("found", facts["found"], [facts["made"]])
    made = raw.project(facts["made"])
    raw.same("description", made["description"], "changed")
    parent = raw.project_id("compat/deep")
    raw.same("parent", made["parent"], parent)
    raw.same("path ends in the parent", made["path"][-1], parent)
    error = raw.refused("projects.create", name="compat/deep/with ünicode")
    raw.same("twice", (error.code, error.subcode), (400, 801))
