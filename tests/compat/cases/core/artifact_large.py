# SPDX-License-Identifier: Apache-2.0
"""An artifact of 96 MB: streamed up, streamed down, its hash the same."""

NEEDS = {"timeout": 240}


def client(facts):
    import hashlib

    from clearml import Task

    task = Task.init(project_name="compat/artifacts", task_name="large",
                     auto_connect_frameworks=False, auto_resource_monitoring=False)
    facts["task"] = task.id
    block = hashlib.sha256(b"furrow").digest() * 32768
    with open("large.bin", "wb") as file:
        for number in range(96):
            file.write(number.to_bytes(4, "little") + block[4:])
    task.upload_artifact("large", "large.bin", wait_on_upload=True)
    task.close()

    def digest(path):
        total = hashlib.sha256()
        with open(path, "rb") as file:
            for part in iter(lambda: file.read(1 << 20), b""):
                total.update(part)
        return total.hexdigest()

    facts["up"] = digest("large.bin")
    artifact = Task.get_task(task_id=task.id).artifacts["large"]
    facts["down"] = digest(artifact.get_local_copy(force_download=True))
    facts["hash"] = artifact.hash


def check(raw, facts):
    raw.same("down", facts["down"], facts["up"])
    raw.same("recorded", facts["hash"], facts["up"])
    artifact = raw.artifacts(raw.task(facts["task"]))["large"]
    raw.same("size", artifact["content_size"], 96 * 1048576)
