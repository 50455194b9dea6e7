#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A minute of a boom over a generated field as one animated SVG, which any browser plays.

    tools/animation.py [--bin FOLDER] [--out FILE]

The machine, its cameras' delays, its sensors and their errors are those of `furrow-edge sim`;
what is drawn is its log: where droplets reached the ground, and the true weeds of the same field
below them.
"""

import argparse
import csv
import pathlib
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
SEED, SPEED, SECONDS, DENSITY, WIDTH = 4, 2.0, 60, 1.2, 6.0
SCALE, BOOM_AT, VIEW = 60, 9.0, 14.0  # pixels a metre; metres from the left border; metres shown


def run(*words):
    subprocess.run([str(word) for word in words], check=True, stdout=subprocess.DEVNULL)


def table(path):
    with open(path) as file:
        return list(csv.DictReader(file))


def recorded(bins, folder):
    """(weeds, pieces of sprayed ground)"""
    boom = folder / "boom.toml"
    boom.write_text(BOOM)
    run(
        bins / "furrow-edge", "sim", "--seed", SEED, "--speed", SPEED, "--density", DENSITY,
        "--distance-m", SPEED * (SECONDS + 10), "--no-pixels", "--yaw-rate", 0, "--braking", 0,
        "--boom", boom, "--log", folder / "log",
    )  # fmt: skip
    run(bins / "furrow-edge", "map", folder / "log", "--csv", folder / "sprayed.csv")
    run(
        bins / "furrow_fieldgen", folder / "field", "--boom", boom, "--seed", SEED,
        "--density", DENSITY, "--length-m", SPEED * (SECONDS + 10), "--width-m", WIDTH,
        "--frames", 0,
    )  # fmt: skip
    return table(folder / "field/truth.csv"), table(folder / "sprayed.csv")


BOOM = """\
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
nozzles = 24
pitch_m = 0.25
""" + "".join(
    f"""\
[[camera]]
name = "{name}"
width = 1920
height = 1200
fps = 9.6
focal_px = 1200
x_m = 1.5
y_m = {y}
height_m = 1.9375
pitch_rad = 1.5707963
"""
    for name, y in (("left", 1.5), ("right", -1.5))
)


def picture(weeds, pieces):
    """Nothing but numbers comes from the tables, so nothing needs escaping."""
    width, height, far = VIEW * SCALE, WIDTH * SCALE, SPEED * SECONDS

    def px(x):
        return f"{x * SCALE:.0f}"

    def across(y):
        return f"{(WIDTH / 2 - y) * SCALE:.0f}"

    leaves = "".join(
        f'<circle cx="{px(float(w["x_m"]))}" cy="{across(float(w["y_m"]))}" '
        f'r="{max(float(w["length_m"]), float(w["width_m"])) / 2 * SCALE:.1f}"/>'
        for w in weeds
        if w["weed"] == "1" and -BOOM_AT < float(w["x_m"]) < far + VIEW
    )
    swath = 0.25 * SCALE
    wet = "".join(
        # The straight drive's own line: a gyroscope's bias would bend it.
        f'<rect x="{px(float(p["s_open_m"]))}" '
        f'y="{int(p["nozzle"]) * swath:.0f}" '
        f'width="{px(float(p["s_close_m"]) - float(p["s_open_m"]))}" height="{swath:.0f}"/>'
        for p in pieces
        if float(p["s_open_m"]) < far + 1
    )
    nozzles = "".join(
        f'<rect x="{px(BOOM_AT)}" y="{i * swath + swath / 2 - 2:.0f}" width="8" height="4"/>'
        for i in range(24)
    )
    begin, end = BOOM_AT * SCALE, (BOOM_AT - far) * SCALE
    drive = (
        f'<animateTransform attributeName="transform" type="translate" from="{begin:.0f} 0" '
        f'to="{end:.0f} 0" dur="{SECONDS}s" repeatCount="indefinite"/>'
    )
    view = (BOOM_AT + 0.53) * SCALE, 1.94 * SCALE
    return f"""\
<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height + 40:.0f}"
  font-family="sans-serif" font-size="14">
<rect width="{width:.0f}" height="{height:.0f}" fill="#8a7358"/>
<clipPath id="behind"><rect width="{begin:.0f}" height="{height:.0f}"/></clipPath>
<g clip-path="url(#behind)"><g fill="#2f7fd0" fill-opacity="0.75">{drive}{wet}</g></g>
<g fill="#3f8f2f">{drive}{leaves}</g>
<rect x="{view[0]:.0f}" y="1" width="{view[1]:.0f}" height="{height - 2:.0f}" fill="none"
  stroke="#fff" stroke-dasharray="6 5" stroke-opacity="0.8"/>
<rect x="{begin - 3:.0f}" width="6" height="{height:.0f}" fill="#222"/>
<g fill="#222">{nozzles}</g>
<text y="{height + 26:.0f}" x="6">24 nozzles of 25 cm at {SPEED:g} m/s,
  seen by two cameras (dashed); green: weeds, blue: sprayed ground</text>
</svg>
"""


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--bin", type=pathlib.Path, default=ROOT / "build/release/bin")
    parser.add_argument("--out", type=pathlib.Path, default=ROOT / "docs/edge/animation.svg")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        weeds, pieces = recorded(options.bin, pathlib.Path(name))
    options.out.write_text(picture(weeds, pieces))
    print(f"{options.out}: {options.out.stat().st_size:,} bytes, {len(pieces)} pieces")


if __name__ == "__main__":
    sys.exit(main())
