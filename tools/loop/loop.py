# SPDX-License-Identifier: Apache-2.0
"""The loop's steps, one after another, each with real programs over their real interfaces."""

import dataclasses
import json
import os
import shutil
import time
import tomllib

from lab import ROOT, Failed
from tractor import Link, Tractor

HERE = ROOT / "tools/loop"
EXAMPLES = ROOT / "examples/weednet"
VIEW_M = 3  # so far ahead of the nozzles a camera sees at most
# Of a release. Frames that a tractor at a desk has no time to draw are lost by no fault of a model.
GATES = {
    "watch_s": 4,
    "frames_min": 20,
    "slack_p1_ms_min": -1000,
    "missed_per_million_max": 1000000,
    "dropped_share_max": 1,
}


@dataclasses.dataclass
class Size:
    """How much of everything."""

    frames: int  # of each part of field A
    steps: int  # of training
    drive_s: int  # over field B


FULL = Size(frames=32, steps=900, drive_s=80)
SHORT = Size(frames=6, steps=30, drive_s=15)


class Loop:
    def __init__(self, lab, board, seed, size, approve):
        self.lab, self.board, self.seed, self.size = lab, board, seed, size
        self.approve = approve  # (lab, release): the name of who did
        self.work = lab.work
        self.fields = tomllib.loads((HERE / "fields.toml").read_text())
        self.values, self.lineage = {}, {"seed": seed}  # what the table is made of
        self.link = self.tractor = None
        self.steps = [
            ("server, agent, key, link", self.serve),
            ("photographs of field A", self.photograph),
            ("data set, by clearml-data", self.publish),
            ("training, by clearml-agent", lambda s: self.train(s, 1)),
            ("conversion and its proof", lambda s: self.convert(s, 1)),
            ("a tractor enrols", self.enrol),
            ("release, approval, first model", lambda s: self.release(s, 1)),
            ("field B with its link cut", lambda s: self.drive(s, 1)),
            ("images back: a child of the data set", self.learn),
            ("training again", lambda s: self.train(s, 2)),
            ("conversion and its proof, again", lambda s: self.convert(s, 2)),
            ("release, second model, while it sprays", lambda s: self.release(s, 2)),
            ("field B again with its link cut", lambda s: self.drive(s, 2)),
            ("figures onto a task, and back", self.report),
        ]

    def run(self):
        for title, step in self.steps:
            with self.board.step(title) as line:
                step(line)

    def close(self):
        if self.tractor:
            self.tractor.stop()
        self.lab.close()
        if self.link and self.link.up:
            self.link.remove()

    def serve(self, line):
        link = Link(f"fur{os.getpid()}")
        if link.make():
            self.link = link
            self.lab.host = link.host
        self.lab.serve(self.lab.host)
        self.lab.repository()
        self.lab.employ()
        self.lab.furrow("keys", "make", "lab", "--folder", self.work)
        key = json.loads(self.lab.furrow("keys", "show", self.work / "lab.pub", "--json"))
        self.lab.call("fleet.add_key", {"name": key["name"], "public_key": key["public_key"]})
        line.result(
            self.lab.urls["web"]
            + ("" if self.link else "; no network namespace is permitted here: no link will be cut")
        )

    def photograph(self, line):
        for i, part in enumerate(self.fields["a"]):
            self.lab.run(
                self.lab.bins / "furrow_fieldgen", self.work / f"fields/a{i + 1}-{part['soil']}",
                "--boom", HERE / "boom.toml", "--width-m", 1.6, "--frames", self.size.frames,
                "--length-m", 2 * self.size.frames, "--seed", self.seed * 1000 + i,
                "--soil", part["soil"], "--crop", part["crop"],
                "--density", part["weeds_per_m2"],
                # As the tractor's camera sees: its mosaic, its speed's blur.
                "--bayer", "--speed", self.fields["b"]["speed_mps"], "--exposure-us", 200,
            )  # fmt: skip
        count = self.size.frames * len(self.fields["a"])
        self.values["photographs of field A"] = count
        line.result(f"{count} photographs")

    def publish(self, line):
        self.dataset = self.lab.publish(self.work / "fields", "Weednet", "fields")
        self.lineage["data set 1"] = self.dataset
        line.result(self.dataset)

    def train(self, line, number):
        task, model = self.lab.train(
            f"model-{number}", self.dataset, self.size.steps, self.lineage.get("task 1")
        )
        if model["dataset"] != self.dataset or model["task"] != task:
            raise Failed(f"the model's lineage is {model}, not task {task}, data {self.dataset}")
        self.lineage[f"task {number}"], self.lineage[f"model {number}"] = task, model["model"]
        iou = list(model["scalars"]["IoU of weed"].values())
        self.values[f"IoU of weed in training {number}"] = sum(iou) / len(iou)
        line.result(f"IoU of weed {sum(iou) / len(iou):.3f}, model {model['model'][:8]}")

    def convert(self, line, number):
        """Proved on what the network was trained with: of whatever tractors sent, too.

        A network may call ground a weed that it has never seen; the index does not. So the index
        has a say until images of that ground have been learnt from, and none afterwards, for on
        straw it overlooks small plants that the network then finds."""
        data = self.work / f"data-{number}"
        self.lab.data("get", "--id", self.dataset, "--copy", data)
        words = [
            "convert",
            self.work / f"model-{number}.onnx",
            "--target",
            "onnxruntime-fp32",
            "--method",
            "hybrid" if number == 1 else "net",
            "--data",
            data,
            "--boom",
            HERE / "boom.toml",
            "--policy",
            HERE / "policy.toml",
            "--out",
            self.work / f"weednet-{number}",
        ]
        self.lab.furrow(*words)
        report = json.loads((self.work / f"weednet-{number}/report.json").read_text())
        bundle = self.work / f"weednet-{number}.bundle"
        self.lab.furrow(
            "bundle",
            "make",
            self.work / f"weednet-{number}",
            "--name",
            "weednet",
            "--version",
            number,
            "--key",
            self.work / "lab.key",
            "--out",
            bundle,
            *(
                f"--source={k}={self.lineage[f'{w} {number}']}"
                for k, w in (("task", "task"), ("model", "model"), ("dataset", "data set"))
            ),
        )
        self.lab.furrow("bundle", "verify", bundle, "--key", self.work / "lab.pub")
        self.values[f"bytes of bundle {number}"] = bundle.stat().st_size
        line.result(f"{report['verdict']}, bundle of {bundle.stat().st_size / 1e3:.0f} kB")

    def enrol(self, line):
        folder = self.work / "tractor"
        folder.mkdir()
        shutil.copyfile(HERE / "boom.toml", folder / "boom.toml")
        field = "".join(f"{k} = {json.dumps(v)}\n" for k, v in self.fields["b"].items())
        (folder / "field.toml").write_text(
            f'format = 1\nboom = "boom.toml"\n[field]\nseed = {self.seed * 1000 + 500}\n{field}'
            + (HERE / "tractor.toml").read_text()
        )
        self.tractor = Tractor(self.lab, "T1", self.link, folder)
        self.tractor.enrol()
        self.tractor.start()
        self.tractor.wait_for("its first heartbeat", lambda: self.tractor.seen().get("state"), 60)
        line.result("drives, by the index alone")

    def release(self, line, number):
        bundle = self.work / f"weednet-{number}.bundle"
        path = f"/bundles/weednet-{number}.bundle"
        self.lab.upload(path, bundle)
        release = self.lab.call(
            "releases.create",
            {
                "name": f"weednet {number}",
                "bundle": path,
                "gates": GATES,
                "rings": [{"name": "first", "tractors": [self.tractor.name]}],
            },
        )["release"]
        by = self.approve(self.lab, release)
        self.lineage[f"release {number}"] = release
        self.lineage[f"release {number} approved by"] = by

        def good():
            told = self.lab.call("releases.get_by_id", {"release": release})
            one = told["rings"][0]["tractors"][0]
            self.board.say(f"{one['stage']} {one.get('reason') or ''}")
            halted = (told.get("release") or told).get("halted")
            if halted:
                raise Failed(f"the release was halted by {halted['by']}: {halted['why']}")
            if one["stage"] in ("refused", "rolled_back"):
                raise Failed(f"the tractor: {one['stage']}: {one.get('reason')}")
            return one["stage"] == "good"

        self.tractor.wait_for("the release", good, 240)
        running = self.tractor.status()
        self.bundle = running["running_bundle"]
        told = ""
        if number == 2:  # the first drive's last seconds have been told by now
            pieces, arrived = self.arrived()
            self.values["spray records"] = pieces
            self.values["spray records missing"] = pieces - arrived
            told = f"; {arrived} of {pieces} pieces arrived"
        line.result(f"approved by {by}, {self.bundle[:8]} runs{told}")

    def drive(self, line, number):
        """From the field's beginning, out of reach of the server."""
        tractor = self.tractor
        tractor.stop()
        before = len(tractor.logs())
        tractor.start()
        tractor.wait_for(
            "the model",
            lambda: len(tractor.logs()) > before
            and tractor.status().get("running_bundle") == self.bundle,
            60,
        )
        log = tractor.logs()[-1]
        if self.link:
            tractor.wait_for("the link", lambda: self.heard() is not None, 30)
            self.link.set(False)
            time.sleep(1)  # for what was on its way
            heard = self.heard()
        end = time.monotonic() + self.size.drive_s
        while time.monotonic() < end:
            told = tractor.status()
            self.board.say(
                f"{told.get('frames')} frames, out of reach"
                if self.link
                else f"{told.get('frames')} frames"
            )
            time.sleep(1)
        if self.link:
            if self.heard() != heard:
                raise Failed("the server heard of the tractor although its link was cut")
            self.link.set(True)
            tractor.wait_for("the tractor's voice", lambda: self.heard() != heard, 90)
        tractor.told_all(log)
        tractor.stop()
        self.score(line, number, log)

    def heard(self):
        return self.tractor.seen().get("last_seen")

    def score(self, line, number, log):
        span = ("--from-m", self.half_way(), "--to-m", 2 * self.half_way())
        score = json.loads(
            self.lab.edge("score", self.tractor.home / "machine.toml", log, *span, "--json")
        )
        (self.work / f"score-{number}.json").write_text(json.dumps(score, indent=1) + "\n")
        self.logs = {**getattr(self, "logs", {}), number: log}
        worst = score["worst"] or {"slice": "none", "hit_share": 0.0}
        when = ("before", "after")[number - 1]
        frames = score["frames"] + score["frames_skipped"]
        for name, value in (
            ("hit rate", score["hit_share"]), ("worst slice", worst["hit_share"]),
            ("product", score["product_share"]), ("crop sprayed", score["crop_sprayed_share"]),
            ("needed product", score["needed_share"]), ("weeds", score["weeds"]),
            ("frames left out", score["frames_skipped"] / max(1, frames)),
        ):  # fmt: skip
            self.values[f"{name}, {when}"] = value
        for one in score["slices"]:
            self.values[f"hit rate of {one['slice']}, {when}"] = one["hit_share"]
        self.lineage[f"worst slice, {when}"] = worst["slice"]
        line.result(
            f"hit {100 * score['hit_share']:.1f} %, worst {worst['slice']}, product "
            f"{100 * score['product_share']:.0f} %"
        )

    def half_way(self):
        """Metres. Images of field B up to here are learnt from, what lies behind it is judged: no
        plant is both."""
        return self.fields["b"]["speed_mps"] * self.size.drive_s / 2

    def arrived(self):
        """Pieces that the first drive's log holds, and those that the server was told of it."""
        log = self.logs[1]
        sprays, _ = self.tractor.records("sprays")
        told = sum(one["count"] for one in sprays if one["log"] == log.name)
        return self.tractor.pieces(log), told

    def learn(self, line):
        back = self.work / "returned"
        out = self.lab.run(
            self.lab.python, EXAMPLES / "returned.py", "fetch", self.tractor.name, "--out", back
        )
        fetched = json.loads(out.strip().splitlines()[-1])
        for told in json.loads((back / "images.json").read_text()):
            if told["s_m"] + VIEW_M > self.half_way():
                (back / "images" / told["name"]).unlink()
        images = sorted((back / "images").glob("*.png"))
        if not images:
            raise Failed(f"none of {fetched['images']} images shows what is not judged")
        self.values["images sent back"] = fetched["images"]
        self.values["images learnt from"] = len(images)
        self.values["bytes sent back"] = fetched["bytes"]
        self.lab.edge("truth", self.tractor.home / "machine.toml", "--out", back / "masks", *images)
        out = self.lab.run(
            self.lab.python,
            EXAMPLES / "returned.py",
            "add",
            back,
            "--parent",
            self.dataset,
            "--folder",
            "returned-1",
        )
        child = json.loads(out.strip().splitlines()[-1])
        self.dataset = child["dataset"]
        self.lineage["data set 2"] = self.dataset
        self.tractor.start()  # it goes on working while the lab learns
        line.result(
            f"{child['added']} pairs, {fetched['bytes'] / 1e6:.1f} MB; version "
            f"{child['version']}"
        )

    def report(self, line):
        for title, seconds in self.board.times:
            self.values[f"seconds: {title}"] = seconds
        figures = self.work / "figures.json"
        figures.write_text(json.dumps({"values": self.values, "lineage": self.lineage}))
        task = self.lab.sdk("report", f"seed {self.seed}", figures)["task"]
        self.read = self.lab.sdk("read", task)["values"]
        other = {
            n: (v, self.read.get(n))
            for n, v in self.values.items()
            if self.read.get(n) is None or abs(self.read[n] - v) > 1e-6 * max(1, abs(v))
        }
        if other:
            raise Failed(f"read back through the SDK: {other}")
        line.result(f"{len(self.read)} figures, task {task[:8]}")
