# SPDX-License-Identifier: Apache-2.0
"""task.execute_remotely: the local process ends, the task waits in the queue with all it needs."""

NEEDS = {"quick": True}


def client(facts):
    from clearml import Task
    from clearml.backend_api.session.client import APIClient

    APIClient().queues.create(name="compat-remote")
    task = Task.init(project_name="compat/remote", task_name="sent away",
                     auto_connect_frameworks=False, auto_resource_monitoring=False)
    facts["task"] = task.id
    task.connect({"lr": 0.4})
    task.execute_remotely(queue_name="compat-remote", exit_process=True)
    facts["went_on"] = True


def check(raw, facts):
    raw.lacks("the local process", facts, "went_on")
    task = raw.task(facts["task"])
    raw.same("status", task["status"], "queued")
    queue = raw.queue("compat-remote")
    raw.same("entries", [e["task"] for e in queue["entries"]], [task["id"]])
    raw.lacks("system_tags", task.get("system_tags", []), "development")
    raw.same("lr", raw.param(task, "General", "lr"), "0.4")
    raw.has("script", task["script"]["diff"], "execute_remotely")
    raw.has("requirements", task["script"]["requirements"]["pip"], "clearml")
    raw.same("queue", task["execution"]["queue"], queue["id"])
