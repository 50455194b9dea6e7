# SPDX-License-Identifier: Apache-2.0
"""mark_started, mark_stopped, mark_failed, mark_completed, publish, reset: states and their
words."""

NEEDS = {"quick": True}


def client(facts):
    from clearml import Task

    def make(name):
        return Task.create(project_name="compat/marks", task_name=name)

    facts["ids"] = ids = {}
    for name in ("started", "stopped", "failed", "completed", "published", "reset"):
        task = make(name)
        ids[name] = task.id
        task.mark_started()
        if name == "stopped":
            task.mark_stopped(status_message="enough")
        elif name == "failed":
            task.mark_failed(status_reason="broken", status_message="no diesel")
        elif name == "completed":
            task.mark_completed(status_message="fine")
        elif name == "published":
            task.mark_completed()
            task.publish()
        elif name == "reset":
            task.mark_stopped()
            task.reset(force=True)
    facts["ids"] = ids
    facts["statuses"] = {name: Task.get_task(task_id=i).get_status() for name, i in ids.items()}
    waiting = make("waited for")
    waiting.mark_started()
    waiting.mark_completed()
    waiting.wait_for_status(check_interval_sec=1)


def check(raw, facts):
    want = {
        "started": "in_progress",
        "stopped": "stopped",
        "failed": "failed",
        "completed": "completed",
        "published": "published",
        "reset": "created",
    }
    raw.same("statuses", facts["statuses"], want)
    for name, status in want.items():
        raw.same(name, raw.task(facts["ids"][name])["status"], status)
    failed = raw.task(facts["ids"]["failed"])
    raw.same("reason", failed["status_reason"], "broken")
    raw.same("message", failed["status_message"], "no diesel")
    raw.same("stopped message", raw.task(facts["ids"]["stopped"])["status_message"], "enough")
    raw.true("no stale start", not raw.task(facts["ids"]["reset"]).get("started"))
    error = raw.refused("tasks.started", task=facts["ids"]["published"])
    raw.same("published is final", error.code, 400)
