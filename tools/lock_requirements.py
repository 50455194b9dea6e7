#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Pins tools/requirements.in with hashes into tools/requirements.txt.

Each section is resolved by pip for this machine's Python; packages that the section [science]
already brings are left to it, except for [torch], which does not see them. The hashes are those
of the files for x86-64 and for 64-bit ARM; a package with the marker below has none for ARM and
is left out there.

    tools/lock_requirements.py             every section anew
    tools/lock_requirements.py examples    that section only; the others keep their pins
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
SYSTEM = "torch"  # sees the system's packages, not the shared ones
X86_ONLY = 'platform_machine == "x86_64"'
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
    """What pip would install: a list of (name, version, sha256, whether it is a wheel)."""
    environment = {k: v for k, v in os.environ.items() if k != "PIP_FIND_LINKS"}
    answer = subprocess.run(
        [pip, "install", "--quiet", "--dry-run", "--ignore-installed", "--report", "-", *arguments],
        env=environment, stdout=subprocess.PIPE, check=True)
    rows = []
    for item in json.loads(answer.stdout)["install"]:
        meta = item["metadata"]
        name = re.sub(r"[-_.]+", "-", meta["name"]).lower()
        digest = item["download_info"]["archive_info"]["hashes"]["sha256"]
        wheel = item["download_info"]["url"].endswith(".whl")
        rows.append((name, meta["version"], digest, wheel))
    return rows


def x86_only(requirements):
    """The names of the packages that a section asks for on x86-64 only."""
    return {re.match(r"[\w.-]+", r)[0].lower() for r in requirements if X86_ONLY in r}


def lock(pip, wanted, constraints, scratch):
    limit = scratch / "constraints.txt"
    limit.write_text("".join(f"{n}=={v}\n" for n, v in constraints.items()))
    found = [row for row in report(pip, ["-c", str(limit), *wanted]) if row[0] not in constraints]
    pins = {n: (v, {h}) for n, v, h, _ in found}
    # A package that exists as source only has one file for every machine.
    here = x86_only(wanted)
    wheels = [f"{n}=={v}" for n, v, _, wheel in found if wheel and n not in here]
    platform = [f"--platform={p}" for p in ARM64]
    try:
        for name, _, digest, _ in report(
                pip, ["--no-deps", "--only-binary=:all:", "--target", str(scratch / "arm64"),
                      *platform, *wheels]):
            pins[name][1].add(digest)
    except subprocess.CalledProcessError:
        sys.exit("a pinned package has no wheel for 64-bit ARM, see above")
    return pins


def pinned():
    """The sections of the present tools/requirements.txt: name to {package: (version, hashes)}."""
    try:
        text = (TOOLS / "requirements.txt").read_text()
    except FileNotFoundError:
        return {}
    return {name: {n: (v, set(re.findall(r"sha256:([0-9a-f]+)", rest)))
                   for n, v, rest in re.findall(r"(\S+)==(\S+)(?: ; .*?)?((?: --hash=\S+)+)",
                                                " ".join(lines).replace(" \\", ""))}
            for name, (_, lines) in sections(text).items()}


def main(chosen):
    wanted = sections((TOOLS / "requirements.in").read_text())
    unknown = [name for name in chosen if name not in wanted]
    if unknown:
        sys.exit(f"no section {', '.join(unknown)} in tools/requirements.in")
    lines = ["# Written by tools/lock_requirements.py from tools/requirements.in; do not edit.",
             "# A heading names a virtual environment under build/venv; every one also sees",
             f"# the packages of [{SHARED}], but [{SYSTEM}] those of the system."]
    with tempfile.TemporaryDirectory() as folder:
        scratch = Path(folder)
        subprocess.run(["/usr/bin/python3", "-m", "venv", scratch / "venv"], check=True)
        pip = scratch / "venv/bin/pip"
        shared, kept = {}, pinned()
        for name, (heading, requirements) in wanted.items():
            if chosen and name not in chosen and name in kept:
                pins = kept[name]
            else:
                print(f"resolving {name}", file=sys.stderr)
                pins = lock(pip, requirements, {} if name == SYSTEM else shared, scratch)
            if name == SHARED:
                shared = {n: v for n, (v, _) in pins.items()}
            lines += ["", heading]
            here = x86_only(requirements)
            for package, (version, hashes) in sorted(pins.items()):
                marker = f" ; {X86_ONLY}" if package in here else ""
                lines.append(f"{package}=={version}{marker}" + "".join(
                    f" \\\n    --hash=sha256:{h}" for h in sorted(hashes)))
    (TOOLS / "requirements.txt").write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main(sys.argv[1:])
