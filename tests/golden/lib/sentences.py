# SPDX-License-Identifier: Apache-2.0
"""sentences.tsv says which test holds each rule of the API's description; here that each exists."""

import pathlib
import re

HERE = pathlib.Path(__file__).resolve().parent.parent
ROOT = HERE.parent.parent
TEST = re.compile(r"^TEST(?:_F|_P)?\(\s*(\w+),\s*(\w+)\s*\)", re.M)


def rows():
    for number, line in enumerate((HERE / "sentences.tsv").read_text().splitlines(), 1):
        if line and not line.startswith("#"):
            yield number, line.split("\t")


def unit_tests():
    return {
        f"{suite}.{name}"
        for path in (ROOT / "src").rglob("*_test.cc")
        for suite, name in TEST.findall(path.read_text())
    }


def wrong():
    known, sections = unit_tests(), set()
    for number, row in rows():
        if len(row) != 3:
            yield f"line {number} has {len(row)} fields, not 3"
            continue
        section, _, test = row
        sections.add(section.split()[0].split(".")[0])
        if test.startswith(("api/", "recorded/", "store/")):
            if not (HERE / f"{test}.case").exists():
                yield f"line {number}: no case {test}"
        elif test.startswith("compat/"):
            if not (ROOT / "tests/compat/cases" / f"{test[7:]}.py").exists():
                yield f"line {number}: no compatibility case {test}"
        elif test not in known:
            yield f"line {number}: no unit test {test}"
    missing = {"1", "2", "3", "3b", "trap"} - sections
    if missing:
        yield f"nothing of {sorted(missing)}"


def run(binary, folder, tally):
    if tally.pattern == "*":
        tally.note("sentences", "; ".join(wrong()))
