# SPDX-License-Identifier: Apache-2.0
"""Tags: at creation, added, removed, replaced; queries by tag with and, or and not."""

NEEDS = {"quick": True}


def client(facts):
    from clearml import Task

    def make(name, tags):
        task = Task.create(project_name="compat/tags", task_name=name)
        task.set_tags(tags)
        return task

    one = make("one", ["zebra", "apple", "apple"])
    two = make("two", ["apple"])
    make("three", [])
    one.add_tags(["mango"])
    two.add_tags("kiwi")
    facts["one"], facts["two"] = one.id, two.id
    removed = make("removed", ["stay", "leave"])
    if hasattr(removed, "remove_tags"):
        removed.remove_tags("leave")
    else:
        removed.set_tags(["stay"])
    facts["removed"] = removed.id

    def names(**query):
        found = Task.get_tasks(project_name="compat/tags", **query)
        return sorted(task.name for task in found)

    facts["any"] = names(tags=["zebra", "kiwi"])
    facts["all"] = names(tags=["__$all", "apple", "mango"])
    facts["not"] = names(tags=["__$all", "apple", "__$not", "mango"])
    facts["minus"] = names(tags=["-apple"])


def check(raw, facts):
    raw.same("sorted and unique", raw.task(facts["one"])["tags"], ["apple", "mango", "zebra"])
    raw.same("added", raw.task(facts["two"])["tags"], ["apple", "kiwi"])
    raw.same("removed", raw.task(facts["removed"])["tags"], ["stay"])
    raw.same("any", facts["any"], ["one", "two"])
    raw.same("all", facts["all"], ["one"])
    raw.same("not", facts["not"], ["two"])
    raw.same("minus", facts["minus"], ["removed", "three"])
    raw.has("tags of the project",
            raw.call("projects.get_task_tags", projects=[raw.project_id("compat/tags")])["tags"],
            "apple", "kiwi", "mango", "zebra", "stay")
