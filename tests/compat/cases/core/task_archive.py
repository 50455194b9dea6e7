# SPDX-License-Identifier: Apache-2.0
"""Archive and un-archive: the system tag, and queries that leave archived tasks out."""

NEEDS = {"quick": True}


def client(facts):
    from clearml import Task

    kept = Task.create(project_name="compat/archive", task_name="kept")
    gone = Task.create(project_name="compat/archive", task_name="gone")
    back = Task.create(project_name="compat/archive", task_name="back")
    gone.set_archived(True)
    back.set_archived(True)
    back.set_archived(False)
    facts["kept"], facts["gone"], facts["back"] = kept.id, gone.id, back.id
    facts["archived"] = Task.get_task(task_id=gone.id).get_archived()
    facts["live"] = sorted(t.name for t in Task.get_tasks(project_name="compat/archive",
                                                          allow_archived=False))
    facts["all"] = sorted(t.name for t in Task.get_tasks(project_name="compat/archive"))


def check(raw, facts):
    raw.has("system_tags", raw.task(facts["gone"])["system_tags"], "archived")
    raw.lacks("system_tags", raw.task(facts["back"]).get("system_tags", []), "archived")
    raw.true("get_archived", facts["archived"])
    raw.same("live", facts["live"], ["back", "kept"])
    raw.same("all", facts["all"], ["back", "gone", "kept"])
