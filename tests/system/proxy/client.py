# SPDX-License-Identifier: Apache-2.0
"""What a user of the official SDK does; run behind the proxy by tests/system/proxy/run."""

import os
import sys

from clearml import OutputModel, Task

POINTS, LINES = int(sys.argv[1]), int(sys.argv[2])


def insist(upload):
    """The SDK tries its calls again by itself, its uploads only sometimes: then its user does."""
    for _ in range(20):
        try:
            if upload() is not False:
                return
        except OSError as error:  # what requests raises is one
            print(f"again after {error}", flush=True)
    raise RuntimeError("an upload failed twenty times")


def main():
    task = Task.init(project_name="proxy/sdk", task_name="behind a bad network",
                     auto_connect_frameworks=False, auto_resource_monitoring=False,
                     reuse_last_task_id=False)
    print(f"TASK {task.id}", flush=True)
    params = task.connect({"lr": 0.25, "layers": [1, 2, 3], "name": "furrow"})
    assert params["lr"] == 0.25
    task.add_tags(["one", "two"])
    logger = task.get_logger()
    for i in range(POINTS):
        logger.report_scalar("loss", "train", value=1000.0 - i, iteration=i)
        if i % 50 == 49:
            logger.flush(wait=True)
    for i in range(LINES):
        logger.report_text(f"line number {i:05d}", print_console=False)
        if i % 40 == 39:
            logger.flush(wait=True)
    logger.report_single_value("final", 7.5)
    logger.report_table("table", "rows", iteration=0, table_plot=[["a", "b"], [1, 2], [3, 4]])
    numbers = {"a": list(range(100))}
    insist(lambda: task.upload_artifact("numbers", numbers, wait_on_upload=True, retries=10))
    path = os.path.join(os.environ["HOME"], "weights.bin")
    with open(path, "wb") as file:
        file.write(bytes(range(256)) * 4000)
    insist(lambda: task.upload_artifact("weights", path, wait_on_upload=True, retries=10))
    model = OutputModel(task=task, name="the model", framework="custom")
    insist(lambda: model.update_weights(weights_filename=path, auto_delete_file=False,
                                        async_enable=False))
    task.mark_completed()
    task.close()
    print("DONE", flush=True)


if __name__ == "__main__":
    main()
