#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Pins tools/requirements.in with hashes into tools/requirements.txt.

Each section is resolved by pip for this machine's Python; packages that the section [science]
already brings are left to it. The hashes are those of the files for x86-64 and for 64-bit ARM.

    tools/lock_requirements.py
"""
import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

TOOLS = Path(__file__).resolve().parent
SHARED = "science"
ARM64 = ["manylinux_2_17_aarch64", "manylinux2014_aarch64", "manylinux_2_28_aarch64"]


def sections(text):
    """Yields (name, heading, requirement lines) of a file with `# [name]` headings."""
    found, name = {}, None
    for line in text.splitlines():
        heading = re.match(r"# \[([a-z0-9.-]+)\](.*)", line)
        if heading:
            name = heading.group(1)
            found[name] = (line, [])
        elif name and line.strip() and not line.startswith("#"):
            found[name][1].append(line.strip())
    return found


def report(pip, arguments):
    """What pip would install: a list of (name, version, sha256)."""
    environment = {k: v for k, v in os.environ.items() if k != "PIP_FIND_LINKS"}
    answer = subprocess.run(
        [pip, "install", "--quiet", "--dry-run", "--ignore-installed", "--report", "-", *arguments],
        env=environment, stdout=subprocess.PIPE, check=True)
    rows = []
    for item in json.loads(answer.stdout)["install"]:
        meta = item["metadata"]
        name = re.sub(r"[-_.]+", "-", meta["name"]).lower()
        digest = item["download_info"]["archive_info"]["hashes"]["sha256"]
        rows.append((name, meta["version"], digest))
    return rows


def lock(pip, wanted, constraints, scratch):
    limit = scratch / "constraints.txt"
    limit.write_text("".join(f"{n}=={v}\n" for n, v in constraints.items()))
    pins = {n: (v, {h}) for n, v, h in report(pip, ["-c", str(limit), *wanted])
            if n not in constraints}
    platform = [f"--platform={p}" for p in ARM64]
    try:
        for name, _, digest in report(
                pip, ["--no-deps", "--only-binary=:all:", "--target", str(scratch / "arm64"),
                      *platform, *(f"{n}=={v}" for n, (v, _) in pins.items())]):
            pins[name][1].add(digest)
    except subprocess.CalledProcessError:
        sys.exit("a pinned package has no wheel for 64-bit ARM, see above")
    return pins


def main():
    wanted = sections((TOOLS / "requirements.in").read_text())
    lines = ["# Written by tools/lock_requirements.py from tools/requirements.in; do not edit.",
             "# A heading names a virtual environment under build/venv; every one also sees",
             f"# the packages of [{SHARED}]."]
    with tempfile.TemporaryDirectory() as folder:
        scratch = Path(folder)
        subprocess.run(["/usr/bin/python3", "-m", "venv", scratch / "venv"], check=True)
        pip = scratch / "venv/bin/pip"
        shared = {}
        for name, (heading, requirements) in wanted.items():
            print(f"resolving {name}", file=sys.stderr)
            pins = lock(pip, requirements, shared, scratch)
            if name == SHARED:
                shared = {n: v for n, (v, _) in pins.items()}
            lines += ["", heading]
            for package, (version, hashes) in sorted(pins.items()):
                lines.append(f"{package}=={version}" + "".join(
                    f" \\\n    --hash=sha256:{h}" for h in sorted(hashes)))
    (TOOLS / "requirements.txt").write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
