# SPDX-License-Identifier: Apache-2.0
"""Reads examples.tsv: what is done with each example script of the SDK's repository, or why not."""

import fnmatch
import os
from dataclasses import dataclass

HERE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
PATH = os.path.join(HERE, "examples.tsv")
VERDICTS = ("prepare", "run", "serve", "skip")


@dataclass
class Line:
    pattern: str
    verdict: str
    modules: list
    arguments: list
    timeout: int
    reason: str


def read():
    """The lines, in order; the order is that of the runs."""
    lines = []
    with open(PATH) as file:
        for number, text in enumerate(file, 1):
            text = text.rstrip("\n")
            if not text or text.startswith("#"):
                continue
            fields = text.split("\t")
            if len(fields) != 6 or fields[1] not in VERDICTS:
                raise ValueError(
                    f"examples.tsv:{number}: six fields, the second one of {', '.join(VERDICTS)}"
                )
            pattern, verdict, modules, arguments, timeout, reason = fields
            if verdict == "skip" and not reason:
                raise ValueError(f"examples.tsv:{number}: a script is skipped for a reason")
            lines.append(
                Line(
                    pattern,
                    verdict,
                    [] if modules == "-" else modules.split(","),
                    [] if arguments == "-" else arguments.split(),
                    60 if timeout == "-" else int(timeout),
                    reason,
                )
            )
    return lines


def scripts(folder):
    """Every script and notebook under `folder`, relative to it."""
    found = []
    for root, _, names in os.walk(folder):
        found += [
            os.path.relpath(os.path.join(root, name), folder)
            for name in names
            if name.endswith((".py", ".ipynb"))
        ]
    return sorted(found)


def plan(folder):
    """(script, line or None) in the order of the manifest, scripts that it does not name last. The
    first line that matches a script counts. A `prepare` line names a script of ours and always
    stays."""
    left, order = scripts(folder), []
    for line in read():
        if line.verdict == "prepare":
            order.append((line.pattern, line))
            continue
        for script in fnmatch.filter(left, line.pattern):
            order.append((script, line))
        left = [script for script in left if not fnmatch.fnmatch(script, line.pattern)]
    return order + [(script, None) for script in left]
