# SPDX-License-Identifier: Apache-2.0
"""get_tasks and query_tasks: names as regular expressions, filters, order, returned fields."""

NEEDS = {"quick": True}


def client(facts):
    from clearml import Task

    ids = {}
    for name, kind in (("alpha (1)", "training"), ("alpha 2", "testing"), ("beta.x", "training"),
                       ("betaYx", "training")):
        ids[name] = Task.create(project_name="compat/query/one", task_name=name, task_type=kind).id
    ids["other"] = Task.create(project_name="compat/query/two", task_name="alpha other").id
    Task.get_task(task_id=ids["alpha 2"]).mark_started()
    facts["ids"] = ids

    def names(**query):
        return [Task.get_task(task_id=i).name for i in Task.query_tasks(**query)]

    one = "compat/query/one"
    facts["pattern"] = sorted(names(project_name=one, task_name="^alpha"))
    facts["exact"] = Task.get_task(project_name=one, task_name="alpha (1)").id
    facts["dot"] = sorted(names(project_name=one, task_name=r"beta\.x"))
    facts["type"] = sorted(names(project_name=one, task_filter={"type": ["testing"]}))
    facts["status"] = names(project_name=one, task_filter={"status": ["in_progress"]})
    facts["two"] = sorted(names(project_name=[one, "compat/query/two"], task_name="alpha"))
    facts["order"] = names(project_name=one, task_filter={"order_by": ["-name"]})
    facts["fields"] = Task.query_tasks(project_name=one, task_name="^alpha 2$",
                                       additional_return_fields=["name", "script.diff"])
    facts["ids_only"] = sorted(t.name for t in Task.get_tasks(task_ids=[ids["other"]]))


def check(raw, facts):
    raw.same("pattern", facts["pattern"], ["alpha (1)", "alpha 2"])
    raw.same("exact", facts["exact"], facts["ids"]["alpha (1)"])
    raw.same("escaped dot", facts["dot"], ["beta.x"])
    raw.same("type", facts["type"], ["alpha 2"])
    raw.same("status", facts["status"], ["alpha 2"])
    raw.same("two projects", facts["two"], ["alpha (1)", "alpha 2", "alpha other"])
    raw.same("order", facts["order"], ["betaYx", "beta.x", "alpha 2", "alpha (1)"])
    raw.same("fields", facts["fields"][0]["name"], "alpha 2")
    raw.has("every field asked for", facts["fields"][0], "id", "name", "script.diff")
    raw.same("by id", facts["ids_only"], ["alpha other"])
