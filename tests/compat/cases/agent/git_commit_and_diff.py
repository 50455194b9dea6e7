# SPDX-License-Identifier: Apache-2.0
"""A run from a git working tree with a commit and an uncommitted change, rebuilt by the agent: the
repository cloned, the change applied, an environment built, the run completed."""

NEEDS = {
    "sdk": ["2.1"],
    "agent": {"queues": ["compat-git"], "built": True},
    "network": True,
    "programs": ["git"],
    "timeout": 500,
    "restart": True,
}

SCRIPT = """
from clearml import Task

import helper

task = Task.init(project_name="compat/agent", task_name="from git", auto_connect_frameworks=False)
task.connect({"lr": 0.5})
task.execute_remotely(queue_name="compat-git")
task.get_logger().report_scalar("answer", "is", helper.answer(), 0)
print("the helper says", helper.answer())
task.upload_artifact("proof", {"answer": helper.answer()}, wait_on_upload=True)
"""


def client(facts):
    import os
    import subprocess
    import sys
    import time

    from clearml import Task

    def git(*arguments, cwd):
        done = subprocess.run(
            [
                "git",
                "-c",
                "user.name=tester",
                "-c",
                "user.email=t@example.invalid",
                "-c",
                "init.defaultBranch=main",
                *arguments,
            ],
            cwd=cwd,
            check=True,
            capture_output=True,
            text=True,
        )
        return done.stdout.strip()

    os.makedirs("seed/src")
    with open("seed/src/train.py", "w") as file:
        file.write(SCRIPT)
    with open("seed/src/helper.py", "w") as file:
        file.write("def answer():\n    return 41\n")
    with open("seed/requirements.txt", "w") as file:
        file.write("clearml\n")
    git("init", cwd="seed")
    git("add", ".", cwd="seed")
    git("commit", "-m", "first", cwd="seed")
    git("clone", "--bare", "seed", "origin.git", cwd=".")
    url = "file://" + os.path.abspath("origin.git")
    git("clone", url, "work", cwd=".")
    facts["commit"] = git("rev-parse", "HEAD", cwd="work")
    with open("work/src/helper.py", "w") as file:
        file.write("def answer():\n    return 42\n")
    env = {k: v for k, v in os.environ.items() if not k.startswith("FURROW_")}
    done = subprocess.run([sys.executable, "train.py"], cwd="work/src", env=env)
    facts["local_exit"] = done.returncode
    task = Task.get_task(project_name="compat/agent", task_name="from git")
    facts["task"], facts["url"] = task.id, url
    for _ in range(900):
        if task.get_status() in ("completed", "failed", "stopped"):
            break
        time.sleep(0.5)
    facts["status"] = task.get_status()


def check(raw, facts):
    raw.same("the local process ended", facts["local_exit"], 0)
    task = raw.task(facts["task"])
    if task["status"] != "completed":
        print(raw.log(task["id"])[-3000:])
    raw.same("status", task["status"], "completed")
    raw.same("repository", task["script"]["repository"], facts["url"])
    raw.same("commit", task["script"]["version_num"], facts["commit"])
    raw.has("diff", task["script"]["diff"], "-    return 41", "+    return 42")
    raw.same("folder", task["script"]["working_dir"], "src")
    raw.same("the change was applied", raw.scalar(task["id"], "answer", "is")[1], [42])
    raw.has("console", raw.log(task["id"]), "the helper says 42")
    raw.has("artifacts", raw.artifacts(task), "proof")
    raw.same("worker", task["last_worker"], "compat:git_commit_and_diff-0")
    raw.has("frozen packages", str(task["script"]["requirements"]["pip"]), "clearml==2.1.12")
    raw.has("packages asked for", task["script"]["requirements"], "org_pip")
    queue = raw.queue("compat-git")
    raw.same("queue is empty", queue["entries"], [])
