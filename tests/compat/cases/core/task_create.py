# SPDX-License-Identifier: Apache-2.0
"""Task.create: a task that no process runs, with a repository, a script, packages and a
container."""

NEEDS = {"quick": True}


def client(facts):
    from clearml import Task

    task = Task.create(
        project_name="compat/create",
        task_name="made by hand",
        task_type="inference",
        repo="https://example.invalid/team/code.git",
        branch="main",
        commit="0123456789abcdef",
        script="train.py",
        working_directory=".",
        packages=["numpy==1.24.0", "tqdm"],
        docker="python:3.11",
        docker_args="--ipc=host",
        docker_bash_setup_script="echo ready",
        argparse_args=[("lr", "0.1"), ("epochs", "3")],
        add_task_init_call=False,
    )
    facts["task"] = task.id
    same = Task.get_task(task_id=task.id)
    facts["name"] = same.name
    facts["by_name"] = Task.get_task(project_name="compat/create", task_name="made by hand").id


def check(raw, facts):
    task = raw.task(facts["task"])
    raw.same("status", task["status"], "created")
    raw.same("type", task["type"], "inference")
    raw.same("name read back", facts["name"], "made by hand")
    raw.same("found by name", facts["by_name"], facts["task"])
    script = task["script"]
    raw.same("repository", script["repository"], "https://example.invalid/team/code.git")
    raw.same("branch", script["branch"], "main")
    raw.same("commit", script["version_num"], "0123456789abcdef")
    raw.same("entry point", script["entry_point"], "train.py")
    raw.has("requirements", script["requirements"]["pip"], "numpy==1.24.0", "tqdm")
    raw.same("image", task["container"]["image"], "python:3.11")
    raw.same("arguments", task["container"]["arguments"], "--ipc=host")
    raw.same("setup script", task["container"]["setup_shell_script"], "echo ready")
    raw.same("lr", raw.param(task, "Args", "lr"), "0.1")
    raw.same("epochs", raw.param(task, "Args", "epochs"), "3")
