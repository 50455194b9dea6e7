# SPDX-License-Identifier: Apache-2.0
"""Debug images: arrays, PIL, files; history per variant; samples read through the client."""

NEEDS = {"modules": ["numpy", "PIL"], "quick": True}


def client(facts):
    import numpy as np
    from clearml import StorageManager, Task
    from PIL import Image

    task = Task.init(project_name="compat/images", task_name="images",
                     auto_connect_frameworks=False, auto_resource_monitoring=False)
    facts["task"] = task.id
    logger = task.get_logger()
    for iteration in range(3):
        picture = np.full((16, 24, 3), 40 * iteration, dtype=np.uint8)
        logger.report_image("leaf", "array", iteration, image=picture)
    logger.report_image("leaf", "pil", 0, image=Image.new("RGB", (10, 12), (250, 0, 0)))
    Image.new("RGB", (9, 9), (0, 250, 0)).save("local file.jpg")
    logger.report_image("sub/dir ü", "file name", 1, local_path="local file.jpg")
    logger.report_image("leaf", "far", 0, url="http://127.0.0.1:9/not-here.png")
    task.close()
    again = Task.get_task(task_id=task.id)
    samples = again.get_debug_samples("leaf", "array")
    facts["iterations"] = sorted(s["iter"] for s in samples)
    facts["newest"] = [s["iter"] for s in again.get_debug_samples("leaf", "array",
                                                                  n_last_iterations=1)]
    newest = max(samples, key=lambda s: s["iter"])
    facts["size"] = Image.open(StorageManager.get_local_copy(newest["url"])).size


def check(raw, facts):
    raw.same("iterations", facts["iterations"], [0, 1, 2])
    raw.same("newest", facts["newest"], [2])
    raw.same("size", facts["size"], [24, 16])
    events = raw.events(facts["task"], "training_debug_image")
    raw.same("events", len(events), 6)
    found = {(e["metric"], e["variant"]) for e in events}
    raw.has("variants", found, ("leaf", "array"), ("leaf", "pil"), ("sub/dir ü", "file name"),
            ("leaf", "far"))
    for event in events:
        if event["variant"] == "far":
            raw.same("a foreign URL", event["url"], "http://127.0.0.1:9/not-here.png")
        else:
            raw.true("image bytes", raw.file(event["url"])[:3] in (b"\xff\xd8\xff", b"\x89PN"))
    answer = raw.call("events.debug_images", metrics=[{"task": facts["task"], "metric": "leaf"}],
                      iters=2)
    block = answer["metrics"][0]
    raw.same("task", block["task"], facts["task"])
    raw.same("newest first", [i["iter"] for i in block["iterations"]], [2, 1])
