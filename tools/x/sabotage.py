#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Breaks the program on purpose and expects the tests to notice; see docs/proof.md.

Each file of tests/sabotage is a patch of a line or two with three lines above it: the promise it
breaks, the targets that its test needs, and the test. In a copy of the tree below build/sabotage
each test is run once as things are, and has to be green; then each patch is applied, the target
built and the test run, and it has to turn red.

usage: ./x test --sabotage [NAME]...
       tools/x/sabotage.py --check     whether each patch still fits, as part of ./x lint
"""

import filecmp
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
WORK = ROOT / "build" / "sabotage"
TREE = WORK / "tree"
# From there to the sources as from the usual build, so that ccache knows what it compiled for that.
OUT = TREE / "build" / "release"
TEST_MINUTES = 15
LINES_MAX = 2
COULD_NOT_RUN = 77


class Sabotage:
    def __init__(self, path):
        self.path, self.name = path, path.stem
        head = dict(re.findall(r"^(promise|target|test): (.*)$", path.read_text(), re.M))
        if sorted(head) != ["promise", "target", "test"]:
            sys.exit(f"{path}: needs the lines promise, target and test")
        self.promise, self.target, self.test = head["promise"], head["target"], head["test"]

    def apply(self, *flags, tree=TREE):
        return subprocess.run(
            ["patch", "-p1", "--no-backup-if-mismatch", "-s", *flags, "-i", str(self.path)],
            cwd=tree,
        ).returncode

    def lines(self):
        """How many lines it takes away or puts in, whichever is more."""
        body = self.path.read_text().split("\n@@", 1)[1]
        return max(len(re.findall(rf"^[{sign}]", body, re.M)) for sign in "+-")


def copy_tree():
    """The tracked and new files as they are; those that did not change keep their times."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, check=True, capture_output=True, text=True,
    ).stdout
    wanted = {name for name in listed.split("\0") if name and (ROOT / name).is_file()}
    for name in wanted:
        source, target = ROOT / name, TREE / name
        if not target.exists() or not filecmp.cmp(source, target, shallow=False):
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(source, target)
            os.utime(target)
    for path in [p for p in TREE.rglob("*") if p.is_file()]:
        relative = path.relative_to(TREE)
        if relative.parts[0] != "build" and str(relative) not in wanted:
            path.unlink()
    # The tests are named from OUT.
    link = OUT.parent / "tree"
    if not link.is_symlink():
        OUT.mkdir(parents=True, exist_ok=True)
        link.symlink_to("..")


def configure():
    presets = json.loads((ROOT / "CMakePresets.json").read_text())["configurePresets"]
    flags = {}
    for name in ("base", "release"):
        preset = next(p for p in presets if p["name"] == name)
        flags.update(preset.get("cacheVariables", {}))
    flags["FURROW_WEB"] = "OFF"  # no patch breaks the pages, and the copy lacks Node's packages
    launcher = shutil.which("ccache")
    if launcher:
        flags["CMAKE_CXX_COMPILER_LAUNCHER"] = launcher
    options = [f"-D{key}={value}" for key, value in flags.items()]
    command = ["cmake", "-G", "Ninja", "-S", str(TREE), "-B", str(OUT), *options]
    return logged("configure", command) == 0


def logged(name, command, minutes=60):
    log = WORK / "logs" / f"{name}.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    # What tests need beyond the sources is that of the usual build.
    environment = {
        "FURROW_VENVS": str(ROOT / "build/venv"),
        "FURROW_ONNXRUNTIME": str(ROOT / "build/release/lib/furrow/libonnxruntime.so.1"),
        **os.environ,
        "CCACHE_BASEDIR": str(TREE),
    }
    with open(log, "w") as out:
        try:
            return subprocess.run(
                command, cwd=OUT if OUT.exists() else ROOT, stdin=subprocess.DEVNULL, stdout=out,
                stderr=subprocess.STDOUT, timeout=60 * minutes, env=environment,
            ).returncode
        except subprocess.TimeoutExpired:
            return 124


def build(name, target):
    return logged(f"{name}.build", ["cmake", "--build", str(OUT), "--target", *target.split()]) == 0


def test(name, command):
    return logged(f"{name}.test", ["bash", "-c", command], TEST_MINUTES)


def check(sabotages):
    bad = 0
    for s in sabotages:
        if s.lines() > LINES_MAX or s.apply("--dry-run", tree=ROOT) != 0:
            print(f"{s.path}: does not apply, or is no break of {LINES_MAX} lines")
            bad += 1
    return 1 if bad else 0


def main(names):
    sabotages = [Sabotage(p) for p in sorted((ROOT / "tests" / "sabotage").glob("*.patch"))]
    if names == ["--check"]:
        return check(sabotages)
    unknown = set(names) - {s.name for s in sabotages}
    if unknown:
        sys.exit(f"no sabotage named {', '.join(sorted(unknown))}")
    sabotages = [s for s in sabotages if not names or s.name in names]
    WORK.mkdir(parents=True, exist_ok=True)
    copy_tree()
    if not configure():
        sys.exit(f"configuring failed: {WORK}/logs/configure.log")
    rows, failed = [], 0
    for command, target in sorted({(s.test, s.target) for s in sabotages}):
        label = "as-it-is." + re.sub(r"\W+", "-", command)
        code = test(label, command) if build(label, target) else "build"
        if code != 0:
            failed += 1
            print(f"NOT GREEN as it is ({code}): {command}; {WORK}/logs/{label}.*", flush=True)
    for s in sabotages:
        began = time.monotonic()
        if s.apply() != 0:
            s.apply("-R", "-f")
            verdict = "DOES NOT APPLY"
        else:
            try:
                if not build(s.name, s.target):
                    verdict = "DOES NOT BUILD"
                else:
                    code = test(s.name, s.test)
                    verdict = "STAYS GREEN" if code == 0 else "red"
                    if code == COULD_NOT_RUN:
                        verdict = "COULD NOT RUN"
            finally:
                s.apply("-R")
        failed += verdict != "red"
        rows.append((s.name, verdict, s.promise))
        print(f"{s.name:28} {verdict:15} {time.monotonic() - began:5.0f} s", flush=True)
    print()
    for name, verdict, promise in rows:
        print(f"{verdict:15} {name:28} {promise}")
    print(f"RESULT passed={sum(v == 'red' for _, v, _ in rows)} failed={failed}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
