# SPDX-License-Identifier: Apache-2.0
"""The loop's steps, one after another, each with real programs over their real interfaces."""

import dataclasses
import json
import shutil
import tomllib

from lab import ROOT, Failed

HERE = ROOT / "tools/loop"
EXAMPLES = ROOT / "examples/weednet"


@dataclasses.dataclass
class Size:
    """How much of everything."""

    frames: int  # of each part of field A
    steps: int  # of training
    drive_s: int  # over field B
    megabytes: float  # of images that come back


FULL = Size(frames=32, steps=900, drive_s=60, megabytes=8)
SHORT = Size(frames=6, steps=12, drive_s=8, megabytes=1)


class Loop:
    def __init__(self, lab, board, seed, size):
        self.lab, self.board, self.seed, self.size = lab, board, seed, size
        self.work = lab.work
        self.fields = tomllib.loads((HERE / "fields.toml").read_text())
        self.values, self.lineage = {}, {"seed": seed}  # what the table is made of
        self.steps = [
            ("the server", self.serve),
            ("photographs of field A", self.photograph),
            ("data set, by clearml-data", self.publish),
            ("training, by clearml-agent", lambda s: self.train(s, 1)),
            ("field B with the first model", lambda s: self.drive(s, 1)),
            ("images for the lab", self.choose),
            ("labels, and a child of the data set", self.learn),
            ("training again", lambda s: self.train(s, 2)),
            ("field B with the second model", lambda s: self.drive(s, 2)),
            ("figures onto a task, and back", self.report),
        ]

    def run(self):
        for title, step in self.steps:
            with self.board.step(title) as line:
                step(line)

    def serve(self, line):
        self.lab.serve()
        self.lab.repository()
        self.lab.employ()
        line.result(self.lab.urls["web"])

    def photograph(self, line):
        for i, part in enumerate(self.fields["a"]):
            self.lab.run(
                self.lab.bins / "furrow_fieldgen", self.work / f"fields/a{i + 1}-{part['soil']}",
                "--boom", HERE / "boom.toml", "--width-m", 1.6, "--frames", self.size.frames,
                "--length-m", 2 * self.size.frames, "--seed", self.seed * 1000 + i,
                "--soil", part["soil"], "--crop", part["crop"],
                "--density", part["weeds_per_m2"],
            )  # fmt: skip
        count = self.size.frames * len(self.fields["a"])
        self.values["photographs of field A"] = count
        line.result(f"{count} photographs")

    def publish(self, line):
        self.dataset = self.lab.publish(self.work / "fields", "Weednet", "fields")
        self.lineage["data set 1"] = self.dataset
        line.result(self.dataset)

    def train(self, line, number):
        task, model = self.lab.train(f"model-{number}", self.dataset, self.size.steps)
        if model["dataset"] != self.dataset or model["task"] != task:
            raise Failed(f"the model's lineage is {model}, not task {task}, data {self.dataset}")
        self.lineage[f"task {number}"], self.lineage[f"model {number}"] = task, model["model"]
        iou = list(model["scalars"]["IoU of weed"].values())
        self.values[f"IoU of weed in training {number}"] = sum(iou) / len(iou)
        line.result(f"IoU of weed {sum(iou) / len(iou):.3f}, model {model['model'][:8]}")

    def machine(self, number):
        """The tractor's folder and configuration for field B."""
        folder = self.work / f"drive-{number}"
        folder.mkdir()
        shutil.copyfile(HERE / "boom.toml", folder / "boom.toml")
        field = "".join(f"{k} = {json.dumps(v)}\n" for k, v in self.fields["b"].items())
        (folder / "machine.toml").write_text(
            f'format = 1\nboom = "boom.toml"\n[field]\nseed = {self.seed * 1000 + 500}\n{field}'
            f'[detect]\nmethod = "hybrid"\nmodel = "../model-{number}.onnx"\n'
            "[actuate]\nself_test = false\n"
            '[record]\nfolder = "log"\nframes_every = 3\n[health]\nfile = "health.prom"\n')
        return folder

    def drive(self, line, number):
        folder = self.machine(number)
        self.lab.edge("run", folder / "machine.toml", "--master-on", "--seconds",
                      self.size.drive_s)
        score = json.loads(
            self.lab.edge("score", folder / "machine.toml", folder / "log", "--json"))
        (folder / "score.json").write_text(json.dumps(score, indent=1) + "\n")
        worst = score["worst"] or {"slice": "none", "hit_share": 0.0}
        when = ("before", "after")[number - 1]
        for name, value in (
            ("hit rate", score["hit_share"]), ("worst slice", worst["hit_share"]),
            ("product", score["product_share"]), ("crop sprayed", score["crop_sprayed_share"]),
            ("needed product", score["needed_share"]), ("weeds", score["weeds"]),
            ("frames left out", score["frames_skipped"]),
        ):  # fmt: skip
            self.values[f"{name}, {when}"] = value
        self.lineage[f"worst slice, {when}"] = worst["slice"]
        line.result(f"hit {100 * score['hit_share']:.1f} %, worst {worst['slice']}, product "
                    f"{100 * score['product_share']:.0f} %")

    def choose(self, line):
        folder = self.work / "drive-1"
        self.lab.edge("select", folder / "log", "--model", self.work / "model-1.onnx", "--out",
                      folder / "chosen", "--megabytes", self.size.megabytes)
        images = sorted((folder / "chosen").glob("*.png"))
        size = sum(i.stat().st_size for i in images)
        self.values["images sent back"], self.values["bytes sent back"] = len(images), size
        line.result(f"{len(images)} images, {size / 1e6:.1f} MB")

    def learn(self, line):
        back = self.work / "returned"
        (back / "images").mkdir(parents=True)
        chosen = sorted((self.work / "drive-1/chosen").glob("*.png"))
        twice = ("import sys; from PIL import Image\nfor source in sys.argv[2:]:\n"
                 " p = Image.open(source); p.resize((2 * p.width, 2 * p.height), 0)"
                 ".save(sys.argv[1] + source[source.rindex('/'):])")
        self.lab.run(self.lab.python, "-c", twice, back / "images", *chosen)
        self.lab.edge("truth", self.work / "drive-1/machine.toml", "--out", back / "masks", *chosen)
        out = self.lab.run(self.lab.python, EXAMPLES / "returned.py", "add", back, "--parent",
                           self.dataset, "--folder", "returned-1")
        child = json.loads(out.strip().splitlines()[-1])
        self.dataset = child["dataset"]
        self.lineage["data set 2"] = self.dataset
        line.result(f"version {child['version']}, {child['added']} pairs more")

    def report(self, line):
        for title, seconds in self.board.times:
            self.values[f"seconds: {title}"] = seconds
        figures = self.work / "figures.json"
        figures.write_text(json.dumps({"values": self.values, "lineage": self.lineage}))
        task = self.lab.sdk("report", f"seed {self.seed}", figures)["task"]
        self.read = self.lab.sdk("read", task)["values"]
        other = {n: (v, self.read.get(n)) for n, v in self.values.items()
                 if self.read.get(n) is None or abs(self.read[n] - v) > 1e-6 * max(1, abs(v))}
        if other:
            raise Failed(f"read back through the SDK: {other}")
        line.result(f"{len(self.read)} figures, task {task[:8]}")
