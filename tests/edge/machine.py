# SPDX-License-Identifier: Apache-2.0
"""A machine for `furrow-edge run` in a folder of its own: a boom of sections of a metre over a
generated field, what it tells while it runs, its log, and the field's truth to judge it by."""

import csv
import json
import pathlib
import subprocess

LINES = """\
format = 1
bus_s = 0.001
drop_s = 0.040
footprint_m = 0.10
margin_on_m = 0.02
margin_off_m = 0.02
lease_s = 0.03
[valves]
open_s = 0.010
close_s = 0.008
min_on_s = 0.008
min_off_s = 0.008
[[line]]
nozzles = %d
pitch_m = 0.25
"""
CAMERA = """\
[[camera]]
name = "%s"
width = 480
height = 300
fps = 10
focal_px = 300
x_m = 1.0
y_m = %g
height_m = 0.66
pitch_rad = 1.5707963
"""
MACHINE = """\
format = 1
boom = "boom.toml"
[field]
seed = 3
weeds_per_m2 = 4
speed_mps = 2
[actuate]
self_test = false
[record]
folder = "%s"
%s[health]
file = "health.prom"
every_s = 0.1
"""


class Checks:
    def __init__(self):
        self.passed = self.failed = 0

    def that(self, what, good):
        self.passed += bool(good)
        self.failed += not good
        if not good:
            print(f"FAILED {what}", flush=True)


class Rig:
    """A folder with a boom of one or two sections of a metre."""

    def __init__(self, bins, folder, sections=1):
        self.bins, self.folder = pathlib.Path(bins), pathlib.Path(folder)
        self.folder.mkdir(exist_ok=True)
        boom = LINES % (4 * sections)
        for i in range(sections):
            boom += CAMERA % (f"camera {i}", (sections - 1) / 2 - i)
        (self.folder / "boom.toml").write_text(boom)
        self.runs = 0

    def configure(self, more="", record="", log=None):
        """Tables to add, lines for [record], and where the log goes unless here."""
        self.runs += 1
        self.log = log or self.folder / f"log{self.runs}"
        self.config = self.folder / "machine.toml"
        self.config.write_text(MACHINE % (self.log, record and record + "\n") + more)

    def __call__(self, program, *words):
        command = [str(self.bins / program), *map(str, words)]
        return subprocess.run(command, capture_output=True, text=True, timeout=120)

    def start(self, *words):
        command = [self.bins / "furrow-edge", "run", self.config, *map(str, words)]
        return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def replayed(self):
        done = self("furrow-edge", "replay", self.log, "--json")
        return done.returncode, json.loads(done.stdout) if done.stdout else done.stderr

    def figures(self):
        """The health file, by name with labels."""
        lines = (self.folder / "health.prom").read_text().splitlines()
        pairs = [line.rsplit(" ", 1) for line in lines if not line.startswith("#")]
        return {name.removeprefix("furrow_edge_"): float(value) for name, value in pairs}

    def sprayed(self):
        """(nozzle, from, to) along the path."""
        table = self.folder / "sprayed.csv"
        self("furrow-edge", "map", self.log, "--csv", table)
        with open(table) as file:
            return [
                (int(row["nozzle"]), float(row["s_open_m"]), float(row["s_close_m"]))
                for row in csv.DictReader(file)
            ]

    def weeds(self, length, width):
        """(x, y) of the weeds of 2 cm and more that stand within the field."""
        out = self.folder / "truth"
        self(
            "furrow_fieldgen", out, "--boom", self.folder / "boom.toml", "--seed", 3,
            "--density", 4, "--length-m", length, "--width-m", width, "--frames", 0, "--force",
        )  # fmt: skip
        with open(out / "truth.csv") as file:
            rows = list(csv.DictReader(file))
        return [
            (float(row["x_m"]), float(row["y_m"]))
            for row in rows
            if row["weed"] == "1" and max(float(row["length_m"]), float(row["width_m"])) >= 0.02
        ]


def hit_share(weeds, pieces, nozzles, begin, end):
    """Of the weeds between `begin` and `end`: hit in their middle by the nozzle over it."""
    hit = count = 0
    for x, y in weeds:
        nozzle = round((nozzles - 1) / 2 - y / 0.25)
        if not (begin < x < end and 0 <= nozzle < nozzles):
            continue
        count += 1
        hit += any(n == nozzle and near <= x <= far for n, near, far in pieces)
    return hit, count
