# SPDX-License-Identifier: Apache-2.0
"""Comment, name, project, parent, script, container and progress of a task are changed and stay."""

NEEDS = {"quick": True}


def client(facts):
    from clearml import Task

    parent = Task.create(project_name="compat/edit", task_name="parent")
    task = Task.create(project_name="compat/edit", task_name="before")
    facts["task"], facts["parent"] = task.id, parent.id
    task.set_comment("first line\nsecond line, ünïcode")
    task.set_name("after")
    task.set_parent(parent)
    task.set_task_type("qc")
    task.set_script(repository="https://example.invalid/a.git", branch="dev", entry_point="run.py",
                    working_dir="src", diff="--- a\n+++ b\n")
    task.set_base_docker(docker_image="alpine:3", docker_arguments="--cpus 2")
    task.set_progress(40)
    facts["progress"] = Task.get_task(task_id=task.id).get_progress()
    facts["moved"] = task.move_to_project(new_project_name="compat/edit/elsewhere")
    facts["project"] = Task.get_task(task_id=task.id).get_project_name()


def check(raw, facts):
    task = raw.task(facts["task"])
    raw.same("comment", task["comment"], "first line\nsecond line, ünïcode")
    raw.same("name", task["name"], "after")
    raw.same("parent", task["parent"], facts["parent"])
    raw.same("type", task["type"], "qc")
    raw.same("script", [task["script"].get(k) for k in ("repository", "branch", "entry_point",
                                                       "working_dir", "diff")],
             ["https://example.invalid/a.git", "dev", "run.py", "src", "--- a\n+++ b\n"])
    raw.same("image", task["container"]["image"], "alpine:3")
    raw.same("progress", facts["progress"], 40)
    raw.same("stored progress", str(task["runtime"]["progress"]), "40")
    raw.same("project read", facts["project"], "compat/edit/elsewhere")
    raw.same("project", raw.project(task["project"])["name"], "compat/edit/elsewhere")
