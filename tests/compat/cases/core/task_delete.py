# SPDX-License-Identifier: Apache-2.0
"""Task.delete takes artifacts, models, debug images and their files along."""

NEEDS = {"modules": ["numpy", "PIL"]}


def client(facts):
    import numpy as np
    from clearml import OutputModel, Task

    task = Task.init(
        project_name="compat/delete",
        task_name="to be deleted",
        output_uri=True,
        auto_connect_frameworks=False,
        auto_resource_monitoring=False,
    )
    facts["task"] = task.id
    task.upload_artifact("data", {"a": 1}, wait_on_upload=True)
    task.upload_artifact("more", np.arange(10), wait_on_upload=True)
    task.get_logger().report_image("picture", "noise", 0, image=np.zeros((8, 8, 3), dtype=np.uint8))
    with open("weights.bin", "wb") as file:
        file.write(b"w" * 1000)
    model = OutputModel(task=task, name="weights")
    facts["model_url"] = model.update_weights(
        "weights.bin", auto_delete_file=False, async_enable=False
    )
    facts["model"] = model.id
    task.close()
    task = Task.get_task(task_id=facts["task"])
    facts["urls"] = [a.url for a in task.artifacts.values()]
    samples = task.get_debug_samples("picture", "noise")
    facts["images"] = [s["url"] for s in samples]
    facts["before"] = [
        _status(url) for url in facts["urls"] + [facts["model_url"]] + facts["images"]
    ]
    facts["deleted"] = bool(task.delete(delete_artifacts_and_models=True, raise_on_error=True))


def _status(url):
    import requests
    from clearml.backend_api import Session

    session = Session()
    return requests.get(url, headers=session.add_auth_headers({}), timeout=10).status_code


def check(raw, facts):
    raw.same("files before", facts["before"], [200] * 4)
    raw.same("one image", len(facts["images"]), 1)
    raw.true("delete said so", facts["deleted"])
    error = raw.refused("tasks.get_by_id", task=facts["task"])
    raw.same("task", (error.code, error.subcode), (400, 101))
    error = raw.refused("models.get_by_id", model=facts["model"])
    raw.same("model", (error.code, error.subcode), (400, 201))
    for url in facts["urls"] + [facts["model_url"]] + facts["images"]:
        raw.same(f"file {url}", raw.file_status(url), 404)
