# SPDX-License-Identifier: Apache-2.0
"""What a run of the benchmark has measured: rows of the table, raw samples, the machine."""

import json
import os
import pathlib
import platform
import subprocess
import sys
import time

from host import ROOT

sys.path.insert(0, str(ROOT / "tools/report"))
from render import HEADINGS, cells, filled, short  # noqa: E402

PLACES = ("--json", "--server", "--loadgen", "--folder", "--bin", "--owl", "--python")


def first_line(path, start):
    try:
        for line in open(path):
            if line.startswith(start):
                return line.split(":", 1)[1].strip()
    except OSError:
        pass
    return ""


def machine():
    return {
        "cpu": first_line("/proc/cpuinfo", "model name"),
        "cores": os.cpu_count(),
        "memory": first_line("/proc/meminfo", "MemTotal"),
        "kernel": platform.release(),
        "load_before": os.getloadavg(),
    }


def command(name):
    """What was typed, without the places that are of no use elsewhere."""
    words, skip = [], False
    for word in sys.argv[1:]:
        if skip or word.startswith(PLACES):
            skip = not skip and "=" not in word
            continue
        words.append(word)
    return " ".join(["./x", "bench", name, *words])


def commit():
    def git(*words):
        return subprocess.run(["git", "-C", str(ROOT), *words], stdout=subprocess.PIPE,
                              stderr=subprocess.DEVNULL, text=True).stdout.strip()
    changed = git("status", "--porcelain", "--untracked-files=no", "--", "src", "apps", "cmake",
                  "tools/loadgen", "tests/perf")
    return git("rev-parse", "HEAD") + ("-changed" if changed else "")


class Record:
    """Grows row by row and is saved after each, so that a part that fails costs no other."""

    def __init__(self, name, path):
        self.path = pathlib.Path(path) if path else None
        self.began = time.time()
        self.said = {"name": name, "at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
                     "command": command(name),
                     "commit": commit(), "machine": machine(), "options": {}, "limits": {},
                     "rows": [], "problems": [], "raw": {}}

    def row(self, key, figure, value, unit, bar=None, most=True, limit="", mlflow=None, note=""):
        """`bar` is met when the value is no larger (`most`) or no smaller than it."""
        met = None if bar is None else (value <= bar if most else value >= bar)
        self.said["rows"].append({"key": key, "figure": figure, "value": value, "unit": unit,
                                  "bar": bar, "most": most, "met": met, "limit": limit,
                                  "mlflow": mlflow, "note": note})
        mark = "" if met is None else ("  ok" if met else "  MISSED")
        print(f"   {figure}: {short(value)} {unit}{mark}", file=sys.stderr, flush=True)
        self.save()

    def compare(self, key, value):
        """MLflow's figure for a row that is there."""
        for row in self.said["rows"]:
            if row["key"] == key:
                row["mlflow"] = value
        self.save()

    def raw(self, key, samples):
        self.said["raw"][key] = samples

    def problem(self, part, error):
        text = f"{type(error).__name__}: {error}"
        self.said["problems"].append({"part": part, "why": text})
        print(f"   {part} FAILED: {text}", file=sys.stderr, flush=True)
        self.save()

    def save(self):
        self.said["seconds"] = round(time.time() - self.began, 1)
        if not self.path:
            return
        self.path.parent.mkdir(parents=True, exist_ok=True)
        scratch = self.path.with_suffix(".new")
        # Samples stand on one line each: a file that can still be read.
        text = json.dumps({**self.said, "raw": {}}, indent=1)
        raw = ",\n".join(f"  {json.dumps(k)}: {json.dumps(v)}"
                         for k, v in self.said["raw"].items())
        scratch.write_text(text.replace('"raw": {}', '"raw": {\n' + raw + "\n }") + "\n")
        scratch.rename(self.path)


def plain_table(said):
    """For a terminal."""
    rows = filled([HEADINGS] + [[c.replace("**", "") for c in cells(row)] for row in said["rows"]])
    widths = [max(len(r[i]) for r in rows) for i in range(len(rows[0]))]
    rows.insert(1, ["-" * w for w in widths])
    out = ["  ".join(c.ljust(w) for c, w in zip(r, widths)).rstrip() for r in rows]
    out += [f"not measured: {p['part']} ({p['why']})" for p in said["problems"]]
    return "\n".join(out)
