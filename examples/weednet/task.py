#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Trains the network of train.py as a ClearML task: its data are a version of a data set, its loss
and IoU are scalars, its ONNX file an output model that knows task and data.

With --queue it does nothing here but send itself to that queue, where clearml-agent runs it; the
agent's Python needs clearml and Debian's python3-torch and python3-onnx. A data set holds folders
with images/NAME.png and masks/NAME.png at any depth; every fifth pair of each is kept to judge by.
"""

import argparse
import json
import os
import pathlib
import sys
import time

EXAMPLES = """examples:
  furrow_fieldgen fields/beet --soil dark --crop beet --density 8 --frames 40
  clearml-data create --project Weednet --name fields
  clearml-data add --files fields && clearml-data close
  examples/weednet/task.py --dataset ID --queue default
  examples/weednet/task.py --dataset ID --steps 500            train here and now
  examples/weednet/task.py --dataset CHILD --start-from TASK --queue default
"""


def parser_of_arguments():
    parser = argparse.ArgumentParser(
        description=__doc__, epilog=EXAMPLES, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--dataset", required=True, metavar="ID", help="a version of a data set")
    parser.add_argument("--queue", default="", help="run by an agent that serves it")
    parser.add_argument("--project", default="Weednet")
    parser.add_argument("--name", default="train")
    parser.add_argument("--steps", type=int, default=1500, help="of training (default: 1500)")
    parser.add_argument("--batch", type=int, default=8, help="squares a step (default: 8)")
    parser.add_argument("--side", type=int, default=128, help="of a square (default: 128)")
    parser.add_argument("--rate", type=float, default=4e-3, help="the greatest (default: 0.004)")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--start-from", default="", metavar="TASK", help="go on from its weights")
    parser.add_argument("--judge-times", type=int, default=4, help="IoU is reported so often")
    return parser


def checked(parser):
    options = parser.parse_args()
    if min(options.steps, options.batch, options.threads, options.judge_times) < 1:
        parser.error("--steps, --batch, --threads and --judge-times are 1 or more")
    if options.side < 16 or options.side % 16:
        parser.error("--side is a multiple of 16")
    return options


def folders_in(root):
    """Those with photographs and masks, by their path in the data set."""
    found = sorted(p.parent for p in pathlib.Path(root).rglob("images") if p.is_dir())
    found = {str(p.relative_to(root)): p for p in found if (p / "masks").is_dir()}
    if not found:
        raise SystemExit("the data set has no folder with images/ and masks/")
    return found


def main():
    parser = parser_of_arguments()
    # What is wrong is said before a task is made of it. An agent gives no arguments: the task that
    # it runs has them, from Task.init on.
    remote = "CLEARML_TASK_ID" in os.environ
    options = parser.parse_args(["--dataset", ""]) if remote else checked(parser)
    from clearml import Dataset, OutputModel, Task

    task = Task.init(
        options.project,
        options.name,
        task_type=Task.TaskTypes.training,
        output_uri=True,
        reuse_last_task_id=False,
        auto_connect_frameworks=False,
        auto_resource_monitoring=False,
    )
    options = checked(parser)
    if options.queue:
        task.execute_remotely(options.queue)  # ends here, unless an agent runs it
    started = time.monotonic()
    data = Dataset.get(dataset_id=options.dataset, alias="fields")
    folders = folders_in(data.get_local_copy())

    sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
    import train  # and torch, only where training runs

    import fields
    import onnx_file
    import torch

    torch.set_num_threads(options.threads)
    logger = task.get_logger()
    learnt, judged = [], {}
    for name, folder in folders.items():
        frames = fields.read([folder])
        judged[name] = frames[4::5]
        learnt += [frame for i, frame in enumerate(frames) if i % 5 != 4]
    judged = {name: frames for name, frames in judged.items() if frames}
    mean, deviation = fields.statistics(learnt)
    before = None
    if options.start_from:
        artifact = Task.get_task(task_id=options.start_from).artifacts["weights"]
        saved = torch.load(artifact.get_local_copy(), weights_only=True)
        # What its weights were trained to see, not what these photographs would suggest.
        before, mean, deviation = (
            saved["weights"],
            saved["mean"].numpy(),
            saved["deviation"].numpy(),
        )
    print(
        f"{len(learnt)} photographs of {len(folders)} folders; read in "
        f"{time.monotonic() - started:.1f} s"
    )

    def judge(step, network):
        network.eval()
        iou = {name: train.judge(network, f, mean, deviation) for name, f in judged.items()}
        network.train()
        for kind in train.CLASSES:
            for name, shares in iou.items():
                logger.report_scalar(f"IoU of {kind}", name, shares[kind], step)
        return iou

    def on_step(step, loss, network):
        if step % 10 == 0 or step == options.steps:
            logger.report_scalar("loss", "training", loss, step)
        if step < options.steps and step % max(1, options.steps // options.judge_times) == 0:
            judge(step, network)

    network = train.train(learnt, mean, deviation, options, on_step, before)
    iou = judge(options.steps, network)
    seconds = time.monotonic() - started
    logger.report_single_value("seconds", seconds)
    logger.report_single_value("photographs", len(learnt))
    for name, shares in iou.items():
        logger.report_single_value(f"IoU of weed, {name}", shares["weed"])

    kept = pathlib.Path("weights.pt")
    sight = {"mean": torch.from_numpy(mean), "deviation": torch.from_numpy(deviation)}
    torch.save({"weights": network.state_dict(), **sight}, kept)
    task.upload_artifact("weights", kept, wait_on_upload=True)

    path = pathlib.Path("weeds.onnx")
    notes = {
        "furrow.trained_on": json.dumps(list(folders)),
        "furrow.iou": json.dumps(iou),
        "furrow.source": json.dumps({"task": task.id, "dataset": data.id}),
    }
    onnx_file.write(network, mean, deviation, path, notes)
    model = OutputModel(
        task=task,
        name=f"{options.name} {task.id[:8]}",
        framework="ONNX",
        label_enumeration={name: i for i, name in enumerate(train.CLASSES)},
        tags=["weednet"],
    )
    model.update_weights(str(path), auto_delete_file=False, async_enable=False)
    model.set_metadata("dataset", data.id, v_type="str")
    model.set_metadata("dataset_version", str(data.version), v_type="str")
    print(f"{path}: {path.stat().st_size / 1024:.0f} KiB, model {model.id}, in {seconds:.0f} s")
    task.flush(wait_for_uploads=True)


if __name__ == "__main__":
    main()
