# SPDX-License-Identifier: Apache-2.0
"""An artifact is overwritten, deleted with its file, and added to a finished task."""

NEEDS = {"quick": True}


def client(facts):
    from clearml import Task

    task = Task.init(project_name="compat/artifacts", task_name="changes",
                     auto_connect_frameworks=False, auto_resource_monitoring=False)
    facts["task"] = task.id
    task.upload_artifact("kept", {"version": 1}, wait_on_upload=True)
    task.upload_artifact("kept", {"version": 2}, wait_on_upload=True)
    task.upload_artifact("gone", {"a": 1}, wait_on_upload=True)
    task.flush(wait_for_uploads=True)
    task.reload()
    facts["gone_url"] = task.artifacts["gone"].url
    facts["deleted"] = task.delete_artifacts(["gone"])
    task.close()
    facts["kept"] = Task.get_task(task_id=task.id).artifacts["kept"].get()


def check(raw, facts):
    task = raw.task(facts["task"])
    raw.same("keys", list(raw.artifacts(task)), ["kept"])
    raw.same("the second", facts["kept"], {"version": 2})
    raw.has("bytes", raw.file(raw.artifacts(task)["kept"]["uri"]), b"2")
    raw.true("deleted", facts["deleted"])
    raw.same("file", raw.file_status(facts["gone_url"]), 404)
