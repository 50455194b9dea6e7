# SPDX-License-Identifier: Apache-2.0
"""What the loop asks of the unmodified SDK, run by a Python that has it. Each command prints one
line of JSON last.

usage: sdk.py model TASK --out FILE          a task's last output model as a file, and its lineage
       sdk.py report NAME FILE               a task with the figures of a file on it
       sdk.py read TASK                      those figures as the SDK tells them
"""

import argparse
import json
import shutil


def model(options):
    from clearml import Task

    task = Task.get_task(task_id=options.task)
    last = task.models["output"][-1]
    shutil.copyfile(last.get_local_copy(), options.out)
    parameters = task.get_parameters()
    return {
        "model": last.id,
        "url": last.url,
        "task": last.task,
        "dataset": parameters.get("Datasets/fields"),
        "metadata": last.get_metadata("dataset"),
        "scalars": {
            k: {s: v["last"] for s, v in of.items()}
            for k, of in task.get_last_scalar_metrics().items()
        },
    }


def report(options):
    from clearml import Task

    with open(options.file) as file:
        figures = json.load(file)
    task = Task.init(
        "Loop",
        options.name,
        task_type=Task.TaskTypes.testing,
        reuse_last_task_id=False,
        auto_connect_frameworks=False,
        auto_resource_monitoring=False,
        auto_connect_arg_parser=False,
    )
    task.connect(figures["lineage"], name="Lineage")
    for name, value in figures["values"].items():
        task.get_logger().report_single_value(name, value)
    if figures.get("artifacts"):
        for name, path in figures["artifacts"].items():
            task.upload_artifact(name, path, wait_on_upload=True)
    task.close()
    return {"task": task.id}


def read(options):
    from clearml import Task

    task = Task.get_task(task_id=options.task)
    return {"values": task.get_reported_single_values(), "lineage": task.get_parameters_as_dict()}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    one = commands.add_parser("model")
    one.add_argument("task")
    one.add_argument("--out", required=True)
    one = commands.add_parser("report")
    one.add_argument("name")
    one.add_argument("file")
    one = commands.add_parser("read")
    one.add_argument("task")
    options = parser.parse_args()
    answer = {"model": model, "report": report, "read": read}[options.command](options)
    print(json.dumps(answer))


if __name__ == "__main__":
    main()
