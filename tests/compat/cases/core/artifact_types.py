# SPDX-License-Identifier: Apache-2.0
"""Every type of artifact, up and down: dictionary, array, frame, image, file, folder, text,
pickle."""

NEEDS = {"modules": ["numpy", "pandas", "PIL"], "quick": True, "timeout": 120}


class Plough:
    def __init__(self, width):
        self.width = width


def client(facts):
    import os

    import numpy as np
    import pandas as pd
    from clearml import Task
    from PIL import Image

    task = Task.init(
        project_name="compat/artifacts",
        task_name="types",
        auto_connect_frameworks=False,
        auto_resource_monitoring=False,
    )
    facts["task"] = task.id
    with open("a file.txt", "w") as file:
        file.write("content of a file")
    os.makedirs("folder/inner")
    for number in range(3):
        with open(f"folder/inner/{number}.txt", "w") as file:
            file.write(str(number))
    uploads = {
        "dictionary": {"a": 1, "b": [1, 2]},
        "array": np.arange(12).reshape(3, 4),
        "frame": pd.DataFrame({"x": [1, 2], "y": ["a", "b"]}),
        "image": Image.new("RGB", (6, 5), (1, 2, 3)),
        "file": "a file.txt",
        "folder": "folder",
        "text": "just some text",
        "list": [1, "two", 3.0],
        "object": Plough(3),
        "wildcard": "folder/inner/*.txt",
        "number": 42,
    }
    for name, what in uploads.items():
        task.upload_artifact(
            name, artifact_object=what, metadata={"kind": name}, wait_on_upload=True
        )
    task.close()

    got = Task.get_task(task_id=task.id).artifacts
    facts["names"] = sorted(got)
    facts["urls"] = {name: artifact.url for name, artifact in got.items()}
    facts["dictionary"] = got["dictionary"].get()
    facts["array"] = got["array"].get().tolist()
    facts["frame"] = got["frame"].get().to_dict("list")
    facts["image"] = got["image"].get().size
    with open(str(got["file"].get_local_copy())) as file:
        facts["file"] = file.read()
    folder = got["folder"].get_local_copy()
    facts["folder"] = sorted(
        os.path.relpath(os.path.join(root, name), folder)
        for root, _, names in os.walk(folder)
        for name in names
    )
    facts["text"] = got["text"].get()
    facts["list"] = got["list"].get()
    facts["object"] = got["object"].get().width
    facts["number"] = got["number"].get()
    facts["metadata"] = dict(got["dictionary"].metadata)
    facts["hash"] = got["file"].hash
    facts["size"] = got["file"].size


def check(raw, facts):
    import hashlib

    raw.same("dictionary", facts["dictionary"], {"a": 1, "b": [1, 2]})
    raw.same("array", facts["array"], [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9, 10, 11]])
    raw.has("frame", facts["frame"], "x", "y")
    raw.same("image", facts["image"], [6, 5])
    raw.same("file", facts["file"], "content of a file")
    raw.same(
        "folder", [path.split("/")[-1] for path in facts["folder"]], ["0.txt", "1.txt", "2.txt"]
    )
    raw.same("text", facts["text"], "just some text")
    raw.same("list", facts["list"], [1, "two", 3.0])
    raw.same("object", facts["object"], 3)
    raw.same("number", facts["number"], 42)
    raw.same("metadata", facts["metadata"], {"kind": "dictionary"})
    task = raw.task(facts["task"])
    stored = raw.artifacts(task)
    raw.same("keys", sorted(stored), facts["names"])
    raw.same("sorted by key", [a["key"] for a in task["execution"]["artifacts"]], sorted(stored))
    for name, artifact in stored.items():
        raw.same(f"mode of {name}", artifact["mode"], "output")
        body = raw.file(artifact["uri"])
        raw.same(f"size of {name}", len(body), artifact["content_size"])
        raw.same(f"hash of {name}", hashlib.sha256(body).hexdigest(), artifact["hash"])
    raw.same("hash by the client", facts["hash"], stored["file"]["hash"])
    raw.has("preview", stored["dictionary"]["type_data"]["preview"], "a")
