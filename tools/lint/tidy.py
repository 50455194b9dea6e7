#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""House rules that need no parser: licence lines, lengths, leftovers, names that must not appear.

    tidy.py [--root DIR]

Looks at every file that git knows or could add. Prints one line per violation and exits with 1
when there is any.
"""
import argparse
import re
import subprocess
import sys
from pathlib import Path

LICENSE_LINE = "SPDX-License-Identifier: Apache-2.0"
CODE = {".h", ".cc", ".py", ".sh", ".ts", ".tsx", ".js", ".css"}
CONFIG = {".cmake", ".toml", ".tsv", ".json", ".yml", ".yaml", ".txt", ".in", ".md", ".html"}
LINES_MAX = {".h": 300, ".cc": 700, ".py": 700, ".sh": 700, ".ts": 700, ".tsx": 700}
COLUMNS_MAX = 100
BYTES_MAX = 2_000_000

# Recorded or found data: kept byte for byte.
DATA = re.compile(
    r"^(tests/golden/|tests/fuzz/corpus/|tests/data/|third_party/|LICENSE$)|/testdata/")

# The patterns are broken up so that this file passes its own check.
LEFTOVER = re.compile(r"\b(TO" r"DO|FIX" r"ME|XX" r"X)\b")
CONFLICT = re.compile(r"^(<{7}|>{7}) ")
LOCAL_PATH = re.compile(r"(?<![\w./-])/(?:work/|root/|tmp/b/|home/(?!user\b|me\b|you\b))\w")
DOWNLOAD_HOST = re.compile(
    r"pypi\.o" r"rg|python" r"hosted\.|registry\.npm" r"js|deb\.deb" r"ian\.org|crates\.i" r"o\b"
    r"|proxy\.go" r"lang\.|repo1?\.mav" r"en\.")


def files(root):
    """Relative paths of the tree: git's view of it, or every file where there is no git."""
    answer = subprocess.run(
        ["git", "-C", str(root), "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    if answer.returncode == 0:
        names = {name for name in answer.stdout.decode().split("\0") if name}
    else:
        names = {str(p.relative_to(root)) for p in root.rglob("*") if p.is_file()}
    return sorted(n for n in names if (root / n).is_file() and not (root / n).is_symlink())


def is_script(text):
    return text.startswith("#!")


def check(name, raw):
    """Yields (line or 0, message) for one file."""
    if len(raw) > BYTES_MAX:
        yield 0, f"has {len(raw)} bytes; at most {BYTES_MAX}: make it, or keep it elsewhere"
    if DATA.search(name):
        return
    try:
        text = raw.decode()
    except UnicodeDecodeError:
        return
    if "\0" in text:
        return
    suffix = Path(name).suffix
    lines = text.splitlines()
    code = suffix in CODE or is_script(text)
    if code and text and not any(LICENSE_LINE in line for line in lines[:3]):
        yield 1, f"lacks the line {LICENSE_LINE}"
    if len(lines) > LINES_MAX.get(suffix, len(lines)):
        yield 0, f"has {len(lines)} lines; at most {LINES_MAX[suffix]}: one idea per file"
    if suffix == ".cc" and name.startswith("apps/") and len(lines) > 100:
        yield 0, f"has {len(lines)} lines; a program's main file has at most 100"
    if not (code or suffix in CONFIG or name.startswith((".", "tools/"))):
        return
    if text and not text.endswith("\n"):
        yield len(lines), "lacks the newline at its end"
    for number, line in enumerate(lines, 1):
        if suffix != ".tsv" and "\t" in line:
            yield number, "holds a tab"
        # An empty last field of a table is no blank.
        if line != line.rstrip(" " if suffix == ".tsv" else None):
            yield number, "ends in blanks"
        if code and len(line) > COLUMNS_MAX and "://" not in line:
            yield number, f"has {len(line)} columns; at most {COLUMNS_MAX}"
        for pattern, what in ((LEFTOVER, "a leftover"), (CONFLICT, "a merge marker"),
                              (LOCAL_PATH, "a path of one machine"),
                              (DOWNLOAD_HOST, "a download host: use the ordinary client")):
            found = pattern.search(line)
            if found:
                yield number, f"holds {what}: {found.group(0)}"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--root", type=Path, default=Path(__file__).resolve().parents[2])
    root = parser.parse_args().root.resolve()
    bad = 0
    for name in files(root):
        try:
            raw = (root / name).read_bytes()
        except FileNotFoundError:
            continue
        for line, message in check(name, raw):
            bad += 1
            print(f"{name}:{line}: {message}" if line else f"{name}: {message}")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
