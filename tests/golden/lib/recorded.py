# SPDX-License-Identifier: Apache-2.0
"""Replays what official clients sent: each recorded case whole, in order, on a server of its own."""

import os
import pathlib
import re

from harness.server import Server, ServerFailed

from .case import Runner

HERE = pathlib.Path(__file__).resolve().parent.parent
FOLDER = HERE / "recorded"
SENT = re.compile(r"^> from \w+ (?:lines |raw [A-Z]+ \S*/)?(\w+\.\w+)", re.M)


def endpoints_sent():
    """Endpoint -> the recorded cases in which a client calls it."""
    out = {}
    for path in sorted(FOLDER.glob("*.case")):
        for endpoint in sorted(set(SENT.findall(path.read_text()))):
            out.setdefault(endpoint, []).append(path.stem)
    return out


def unsent():
    """Endpoint -> (reason, hand-written case) of recorded/unsent.tsv."""
    rows = [
        line.split("\t")
        for line in (FOLDER / "unsent.tsv").read_text().splitlines()
        if line and not line.startswith("#")
    ]
    return {endpoint: (reason, case) for endpoint, reason, case in rows}


def coverage():
    """What is wrong with the claim that each must endpoint is recorded, or said not to be."""
    must, sent, excused = (HERE / "must.txt").read_text().split(), endpoints_sent(), unsent()
    wrong = [
        f"{e} is neither recorded nor in unsent.tsv" for e in must if e not in {*sent, *excused}
    ]
    wrong += [f"{e} is recorded and in unsent.tsv" for e in excused if e in sent]
    wrong += [f"{e} of unsent.tsv is no must endpoint" for e in excused if e not in must]
    for endpoint, (_, case) in excused.items():
        path = HERE / "api" / f"{case}.case"
        if not path.exists() or f" {endpoint}" not in path.read_text():
            wrong.append(f"api/{case} does not call {endpoint}")
    return "; ".join(wrong)


def run(binary, folder, tally):
    for path in sorted(FOLDER.glob("*.case")):
        name = f"recorded/{path.stem}"
        if not tally.wants(name):
            continue
        server = Server(binary, os.path.join(folder, path.stem))
        try:
            server.start()
            tally.note(name, Runner(server).run(path))
        except ServerFailed as error:
            tally.note(name, f"the server did not start: {error}")
        finally:
            server.stop()
    if tally.pattern == "*":
        tally.note("recorded coverage", coverage())
