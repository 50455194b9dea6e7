#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A performance figure in README.md or docs/*.md says where it comes from.

    figures.py [--root DIR]

A figure is a number with a unit of speed or size per thing (ms, us, GB/s, events/s, bytes per
point, MB resident...). The block of lines it stands in, up to the next blank line, or the block
right above, holds one of

    <!-- figures: docs/results/FILE.json -->   every figure of the block is in that file
    <!-- figures: NAME_bench -->               a benchmark program of this repository prints it
    <!-- figures: bound -->                    no measurement: a limit or a promise of the program

and what stands between <!-- report:begin FILE --> and <!-- report:end --> is exactly what
`./x report --write` makes of that file. Prints one line per violation and exits with 1 when there
is any.
"""
import argparse
import json
import re
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "report"))
import render  # noqa: E402

FIGURE = re.compile(
    r"(?<![\w.,-])(\d[\d,]*(?:\.\d+)?)\s?(?:M |k |million )?"
    r"(ms|us|\N{MICRO SIGN}s|ns|(?:events|points|requests|tasks|calls|files|rows|[kMG]i?B)/s"
    r"|(?:bytes|B) per (?:point|event)|MB resident|(?:events|points|requests) (?:a|per) second)\b")
SOURCE = re.compile(r"<!-- figures: (\S+) -->")
CODE = re.compile(r"`[^`]*`")


def blocks(text):
    """(first line number, lines) of what stands between blank lines; code blocks are passed over,
    generated parts too."""
    found, begin, fenced, generated = [], None, False, False
    lines = text.splitlines()
    for number, line in enumerate([*lines, ""], 1):
        if line.lstrip().startswith("```"):
            fenced = not fenced
        generated = generated or line.startswith(render.BEGIN)
        if line.strip() and not fenced and not generated:
            if begin is None:
                begin = number
                found.append((number, []))
            found[-1][1].append(line)
        elif not line.strip() or generated:
            begin = None
        if line.startswith(render.END):
            generated = False
    return found


def values(node):
    """Every number in a results file, and those in its texts."""
    if isinstance(node, bool):
        return
    if isinstance(node, (int, float)):
        yield float(node)
    elif isinstance(node, str):
        for number in re.findall(r"\d[\d,]*(?:\.\d+)?", node):
            yield float(number.replace(",", ""))
    elif isinstance(node, dict):
        for key, value in node.items():
            if key != "raw":
                yield from values(value)
    elif isinstance(node, list):
        for value in node:
            yield from values(value)


def stands_in(text, known):
    """Whether a number, as precisely as it is written, is one of the known ones."""
    number = float(text.replace(",", ""))
    digits = len(text.split(".")[1]) if "." in text else 0
    step = 10.0 ** -digits
    if digits == 0:
        # Trailing zeros may be rounding: 204,000.
        zeros = len(text.replace(",", "")) - len(text.replace(",", "").rstrip("0"))
        step = 10.0 ** zeros
    return any(abs(number - value) <= step / 2 * 1.001 for value in known)


def check_source(root, name, figures):
    """What is wrong with a source, or None."""
    if name == "bound":
        return None
    if name.startswith("docs/results/"):
        try:
            known = list(values(json.loads((root / name).read_text())))
        except (OSError, ValueError):
            return f"{name} is no file of results"
        for text, unit in figures:
            if not stands_in(text, known):
                return f"{text} {unit} is not in {name}"
        return None
    if name.endswith("_bench"):
        module = name.removesuffix("_bench")
        for path in root.glob("src/**/CMakeLists.txt"):
            text = path.read_text()
            folder = re.search(r"furrow_module\((\S+)", text)
            if folder and "BENCH" in text and (
                    "furrow_" + folder.group(1).replace("/", "_") == module
                    or re.search(rf"\b{re.escape(name)}\.cc\b", text)):
                return None
        return f"there is no benchmark {name}"
    return f"'{name}' is no source"


def check(root, path):
    """Yields (line, message)."""
    text = path.read_text()
    above = []
    for line, lines in blocks(text):
        whole = "\n".join(lines)
        figures = FIGURE.findall(CODE.sub("", SOURCE.sub("", whole)))
        sources = SOURCE.findall(whole)
        if figures and not (sources or above):
            shown = ", ".join(f"{number} {unit}" for number, unit in figures[:3])
            yield line, f"figures without a source: {shown}"
        for name in (sources or above) if figures else sources:
            wrong = check_source(root, name, figures)
            if wrong:
                yield line, wrong
        # A line of its own speaks for the block that follows.
        above = sources if sources and not SOURCE.sub("", whole).strip() else []
    for line, message in render.differences(root, text):
        yield line, message


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--root", type=Path, default=Path(__file__).resolve().parents[2])
    root = parser.parse_args().root.resolve()
    bad = 0
    for path in [root / "README.md", *sorted((root / "docs").glob("*.md"))]:
        if not path.is_file():
            continue
        for line, message in check(root, path):
            bad += 1
            print(f"{path.relative_to(root)}:{line}: {message}")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
