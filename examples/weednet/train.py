#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Trains a network that tells crop from weed, on photographs and their masks, and writes it as an
ONNX file for `furrow-edge detect --method net` and `hybrid`. The same folders, options and machine
give the same network.

A folder holds images/NAME.png and masks/NAME.png (0 soil, 128 crop, 255 weed), as furrow_fieldgen
writes them. Needs Debian's python3-torch, python3-onnx and python3-pil."""

import argparse
import json
import os
import pathlib
import sys
import time

EXAMPLES = """examples:
  furrow_fieldgen beet --seed 1 --soil dark --crop beet --density 8 --frames 24
  furrow_fieldgen more --seed 2 --soil dark --crop beet --density 8 --frames 8
  examples/weednet/train.py beet --hold-out more --out weeds.onnx
  furrow-edge detect --method hybrid --model weeds.onnx --mask-out masks more/images/*.png

  examples/weednet/train.py fields/* --steps 6000 --out better.onnx --report better.json
"""


def arguments():
    parser = argparse.ArgumentParser(
        description=__doc__, epilog=EXAMPLES, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folders", nargs="+", metavar="FOLDER", help="to learn from")
    parser.add_argument("--out", type=pathlib.Path, required=True, metavar="MODEL.onnx")
    parser.add_argument(
        "--hold-out",
        nargs="+",
        default=[],
        metavar="FOLDER",
        help="to judge by; otherwise every fifth photograph of each folder is kept for that",
    )
    parser.add_argument("--report", type=pathlib.Path, help="the figures as a JSON file")
    parser.add_argument("--steps", type=int, default=3000, help="of training (default: 3000)")
    parser.add_argument("--batch", type=int, default=8, help="squares a step (default: 8)")
    parser.add_argument("--side", type=int, default=160, help="of a square (default: 160)")
    parser.add_argument("--rate", type=float, default=4e-3, help="the greatest (default: 0.004)")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    if min(options.steps, options.batch, options.threads) < 1 or options.side % 16:
        parser.error("--steps, --batch and --threads are 1 or more, --side a multiple of 16")
    return options


OPTIONS = arguments() if __name__ == "__main__" else None  # before torch, which takes a second
# Threads that wait sleep: spinning would take time from others on the machine.
os.environ.setdefault("OMP_WAIT_POLICY", "passive")

import numpy as np
import torch

import fields
import onnx_file
from network import CLASSES, MULTIPLE, WeedNet

WEIGHTS = (0.5, 1.0, 2.0)  # of a pixel of each class in the loss: plants are few


def show(done, total, started, text):
    """A bar that redraws itself in a terminal; elsewhere a line every tenth of the way."""
    share = done / total
    left = (time.monotonic() - started) / max(done, 1) * (total - done)
    line = f"[{'#' * int(30 * share):30}] {done}/{total}  {text}  {left:4.0f} s left"
    if sys.stderr.isatty():
        print(f"\r{line}", end="\n" if done == total else "", file=sys.stderr, flush=True)
    elif done == total or done * 10 // total > (done - 1) * 10 // total:
        print(line, file=sys.stderr, flush=True)


def train(frames, mean, deviation, options, on_step=None, weights_before=None):
    """`on_step` is called with the step, the mean loss and the network after each step. Goes on
    from `weights_before` when they are given."""
    torch.manual_seed(options.seed)
    torch.use_deterministic_algorithms(True)
    random = np.random.default_rng(options.seed)
    network = WeedNet()
    if weights_before:
        network.load_state_dict(weights_before)
    network = network.to(memory_format=torch.channels_last)
    optimizer = torch.optim.AdamW(network.parameters(), lr=options.rate, weight_decay=1e-3)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, options.rate, options.steps)
    weights = torch.tensor(WEIGHTS)
    mean, deviation = (a.astype(np.float32).reshape(3, 1, 1) for a in (mean, deviation))
    started, mean_loss = time.monotonic(), None
    for step in range(1, options.steps + 1):
        chosen = random.integers(len(frames), size=options.batch)
        squares = [fields.crop_of(frames[i], options.side, random) for i in chosen]
        pixels = fields.other_light(np.stack([s[0] for s in squares]), random)
        shares = torch.from_numpy(np.stack([s[1] for s in squares]))
        inputs = torch.from_numpy((pixels - mean) / deviation)
        scores = network(inputs.contiguous(memory_format=torch.channels_last))
        scores = torch.nn.functional.interpolate(
            scores, size=shares.shape[2:], mode="bilinear", align_corners=False
        )
        each = torch.log_softmax(scores, 1) * shares * weights.reshape(1, -1, 1, 1)
        loss = -each.sum() / (shares * weights.reshape(1, -1, 1, 1)).sum()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
        value = float(loss.detach())
        mean_loss = value if mean_loss is None else 0.97 * mean_loss + 0.03 * value
        show(step, options.steps, started, f"loss {mean_loss:.4f}")
        if on_step:
            on_step(step, mean_loss, network)
    return network.eval()


@torch.no_grad()
def classes_of(network, frame, mean, deviation):
    """The class of each pixel of the photograph."""
    pixels = frame.pixels / (255.0 * fields.SCALE**2)
    pixels = (pixels - mean.reshape(3, 1, 1)) / deviation.reshape(3, 1, 1)
    height, width = pixels.shape[1:]
    padding = (-height % MULTIPLE, -width % MULTIPLE)
    pixels = np.pad(pixels, ((0, 0), (0, padding[0]), (0, padding[1])), mode="edge")
    scores = network(torch.from_numpy(pixels.astype(np.float32))[None])
    scores = torch.nn.functional.interpolate(
        scores, scale_factor=2 * fields.SCALE, mode="bilinear", align_corners=False
    )
    rows, columns = height * fields.SCALE, width * fields.SCALE
    return scores[0, :, :rows, :columns].argmax(0).numpy()


def judge(network, frames, mean, deviation):
    """Intersection over union of each class, over all pixels of all photographs."""
    both, either = np.zeros(len(CLASSES)), np.zeros(len(CLASSES))
    for frame in frames:
        found = classes_of(network, frame, mean, deviation)
        truth = frame.truth[: found.shape[0], : found.shape[1]]
        for k in range(len(CLASSES)):
            both[k] += np.sum((found == k) & (truth == k))
            either[k] += np.sum((found == k) | (truth == k))
    return {name: round(b / max(e, 1), 4) for name, b, e in zip(CLASSES, both, either)}


def main(options):
    torch.set_num_threads(options.threads)
    started = time.monotonic()
    kept = None if options.hold_out else 5
    learnt, judged = [], {}
    for folder in options.folders:
        frames = fields.read([folder])
        if kept:
            judged[folder] = frames[kept - 1 :: kept]
            frames = [f for i, f in enumerate(frames) if i % kept != kept - 1]
        learnt += frames
    judged.update({folder: fields.read([folder]) for folder in options.hold_out})
    judged = {folder: frames for folder, frames in judged.items() if frames}
    mean, deviation = fields.statistics(learnt)
    print(f"{len(learnt)} photographs to learn from, {sum(map(len, judged.values()))} to judge by")
    network = train(learnt, mean, deviation, options)
    seconds = time.monotonic() - started
    report = {"photographs": len(learnt), "steps": options.steps, "seconds": round(seconds, 1)}
    report["iou"] = {f: judge(network, frames, mean, deviation) for f, frames in judged.items()}
    notes = {
        "furrow.trained_on": json.dumps([pathlib.Path(f).name for f in options.folders]),
        "furrow.iou": json.dumps({pathlib.Path(f).name: i for f, i in report["iou"].items()}),
    }
    onnx_file.write(network, mean, deviation, options.out, notes)
    width = max(map(len, report["iou"]), default=5)
    print(f"{'IoU':{width}}  " + "  ".join(f"{name:>10}" for name in CLASSES))
    for folder, iou in report["iou"].items():
        print(f"{folder:{width}}  " + "  ".join(f"{iou[name]:10.3f}" for name in CLASSES))
    print(f"{options.out}: {options.out.stat().st_size / 1024:.0f} KiB, trained in {seconds:.0f} s")
    if options.report:
        options.report.write_text(json.dumps(report, indent=2) + "\n")


if __name__ == "__main__":
    main(OPTIONS)
