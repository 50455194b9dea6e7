# SPDX-License-Identifier: Apache-2.0
"""`tests/edge/judge --pixels`: the same drives with every frame drawn and searched for plants, and
with the cameras told what they see. Both have to give the same answers, but for what
docs/edge/design.md ("How the simulation judges") says pixels may cost."""

import concurrent.futures
import json
import pathlib
import resource
import subprocess
import tempfile

# Straight drives over bare soil, one after the other; a crop would be sprayed from end to end.
FIELDS = [(soil, density) for density in (5, 20, 2, 10) for soil in ("light", "dark", "wet")]
DISTANCE_M = 400

WITHIN_BAR = 0.998  # of windows within 2 cm of the oracle
HIT_BAR = 0.005  # by which the share of weeds hit may be less than without pixels
OPEN_BAR = 0.01  # by which the open time, against the oracle's, may differ from that without pixels

# A section with half as many pixels along and across as the standard one, a quarter of the drawing,
# and with nozzles half as wide, for more windows a frame.
BOOM = """\
format = 1
name = "coarse, 3 m"
bus_s = 0.001
drop_s = 0.040
footprint_m = 0.10
[valves]
open_s = 0.010
close_s = 0.008
min_on_s = 0.008
min_off_s = 0.008
[[line]]
nozzles = 24
pitch_m = 0.125
[[camera]]
name = "middle"
width = 960
height = 600
fps = 9.6
focal_px = 600
x_m = 1.5
y_m = 0.0
height_m = 1.9375
pitch_rad = 1.5707963
"""


def both(program, boom, seed, options):
    """A drive through pixels and the same without."""
    soil, density = FIELDS[seed % len(FIELDS)]
    command = [program, "sim", "--boom", boom, "--seed", seed, "--distance-m", DISTANCE_M]
    command += ["--speed", 6, "--soil", soil, "--density", density, "--json"]
    reports = []
    for more in ([], ["--no-pixels", "--yaw-rate", 0]):
        words = [*map(str, [*command, *more]), *options]
        done = subprocess.run(words, check=True, capture_output=True, text=True)
        reports.append(json.loads(done.stdout))
    return reports


def judged(options, program, sums):
    """`sums` makes an empty sum of reports; returns the exit status."""
    drawn, told, seed = sums(), sums(), options.seed
    with tempfile.TemporaryDirectory(prefix="furrow-judge-") as folder:
        boom = pathlib.Path(folder) / "boom.toml"
        boom.write_text(BOOM)
        with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
            while drawn.sprays < options.sprays:
                seeds = range(seed, seed + options.jobs)
                seed += options.jobs
                one = lambda seed: both(program, boom, seed, options.options)  # noqa: E731
                for pixels, boxes in pool.map(one, seeds):
                    drawn.add(pixels)
                    told.add(boxes)
                print(f"  {drawn.sprays} sprays", flush=True)
    used = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
    for name, s in (("through pixels", drawn), ("without", told)):
        print(
            f"judge: {s.drives} drives {name}, {s.seconds / 3600:.2f} h of the field's time, "
            f"{s.sprays} sprays\n"
            f"  within 2 cm of the oracle {100 * s.within / s.windows:.4f} % "
            f"({s.windows - s.within} of {s.windows} were not; worst {s.worst_m:.3f} m)\n"
            f"  open time {s.open_s / s.windows:.4f} times the oracle's; late {s.late}, "
            f"missed {s.missed} ({s.missed_m2:.3f} m2)\n"
            f"  hit {s.hit} of {s.weeds} weeds, {100 * s.hit / s.weeds:.4f} %"
        )
    print(f"  {1e3 * used / drawn.sprays:.2f} ms of a processor for a spray")
    checks = {
        "windows within 2 cm": drawn.within / drawn.windows >= WITHIN_BAR,
        "weeds hit": drawn.hit / drawn.weeds >= told.hit / told.weeds - HIT_BAR,
        "open time": abs(drawn.open_s / drawn.windows - told.open_s / told.windows) <= OPEN_BAR,
        "the same weeds": drawn.weeds == told.weeds > 0,
    }
    for what, good in checks.items():
        if not good:
            print(f"FAILED {what}")
    passed = sum(checks.values())
    print(f"RESULT passed={passed} failed={len(checks) - passed}")
    return 0 if passed == len(checks) else 1
