# SPDX-License-Identifier: Apache-2.0
"""Who approves a release of the loop: the loop, or a person on the page or in the terminal."""

import json
import select
import sys

from lab import Failed

PATIENCE_S = 3600


def by_itself(lab, release):
    """Begins the release; whose name the server recorded."""
    return approve(lab, release, "by the loop itself, after the conversion's proof passed")


def approve(lab, release, comment):
    lab.call("releases.approve", {"release": release, "comment": comment})
    lab.call("releases.advance", {"release": release, "reason": "approved"})
    return shown(lab, release)["approved"]["by"]


def shown(lab, release):
    return lab.call("releases.get_by_id", {"release": release})["release"]


def by_person(lab, release):
    """Waits until somebody has approved and begun the release; whose name the server recorded."""
    admin = json.loads((lab.work / "server/bootstrap.json").read_text())["admin"]
    lab.board.line("        A person is asked: approve and begin the release on the page")
    lab.board.line(f"        {lab.urls['web']}/fleet?release={release}")
    lab.board.line(f"        User {admin['name']}, password {admin['password']}")
    if sys.stdin.isatty():
        lab.board.line("        or type here why you approve, and press Enter.")
    lab.board.say("waits for an approval")
    typed = ""

    def begun():
        nonlocal typed
        one = shown(lab, release)
        if one["status"] == "halted":
            raise Failed(f"the release was halted by {one['halted']['by']}: {one['halted']['why']}")
        if one["status"] in ("rolling", "done"):
            return one["approved"]["by"]
        if sys.stdin.isatty() and select.select([sys.stdin], [], [], 0)[0]:
            typed = sys.stdin.readline()
            if typed.strip():
                return approve(lab, release, typed.strip())
        return None

    return lab.wait("an approval", begun, PATIENCE_S, 0.5)


WAYS = {"loop": by_itself, "ask": by_person}
