# SPDX-License-Identifier: Apache-2.0
"""A tractor of the loop: furrow-device and furrow-edge over a generated field, by `furrow tractor`,
with a network of its own whose link can be cut where the machine permits that."""

import json
import os
import shutil
import subprocess

import lab
from lab import ROOT, Failed

HERE = ROOT / "tools/loop"


def ip(*words):
    return subprocess.run(["ip", *words], capture_output=True, text=True)


class Link:
    """A network namespace with one pair of Ethernet ends: the server listens at ours."""

    def __init__(self, name):
        self.name = name
        number = os.getpid() % 250 + 1
        self.host, self.peer = f"10.77.{number}.1", f"10.77.{number}.2"
        self.up = False

    def make(self):
        """False where this is not permitted."""
        if os.geteuid() != 0 or not shutil.which("ip"):
            return False
        near, far = f"{self.name}a", f"{self.name}b"
        for words in (
            ("netns", "add", self.name),
            ("link", "add", near, "type", "veth", "peer", "name", far, "netns", self.name),
            ("addr", "add", f"{self.host}/30", "dev", near),
            ("link", "set", near, "up"),
            ("-n", self.name, "addr", "add", f"{self.peer}/30", "dev", far),
            ("-n", self.name, "link", "set", far, "up"),
            ("-n", self.name, "link", "set", "lo", "up"),
        ):
            if ip(*words).returncode:
                self.remove()
                return False
        self.far, self.up = far, True
        return True

    def set(self, up):
        done = ip("-n", self.name, "link", "set", self.far, "up" if up else "down")
        if done.returncode:
            raise Failed(f"ip link set {self.far}: {done.stderr}")

    def remove(self):
        ip("link", "del", f"{self.name}a")
        ip("netns", "del", self.name)
        self.up = False


class Tractor:
    def __init__(self, lab, name, link, folder):
        self.lab, self.name, self.link, self.folder = lab, name, link, folder
        self.process = None

    def command(self, *more):
        words = [
            self.lab.bins / "furrow",
            "tractor",
            "--field",
            self.folder / "field.toml",
            "--id",
            self.name,
            "--folder",
            self.folder / self.name,
        ]
        if self.link:
            words += ["--namespace", self.link.name]
        return [*words, *more]

    def enrol(self):
        self.lab.run(*self.command("--prepare"), folder=self.folder)

    @property
    def home(self):
        return self.folder / self.name

    def start(self):
        self.process = self.lab.start(self.command(), f"{self.name}.log", self.folder)

    def stop(self):
        """In order: furrow-device ends furrow-edge, whose log is closed then."""
        if self.process:
            lab.end(self.process, 30)
            self.lab.started.remove(self.process)
            self.process = None

    def logs(self):
        return sorted((self.home / "log").glob("[0-9]" * 6)) if self.home.exists() else []

    def status(self):
        """What furrow-device says of itself: the server is not asked."""
        out = self.lab.run(self.lab.bins / "furrow-device", "status", self.home, "--json")
        return json.loads(out.strip().splitlines()[-1])

    def seen(self):
        """What the server knows of it."""
        return self.lab.call("fleet.get_by_id", {"tractor": self.name})["tractor"]

    def records(self, stream, first=0):
        """Those from that number on, and the number of the next."""
        found, at = [], first
        while True:
            page = self.lab.call(
                "fleet.get_reports",
                {"tractor": self.name, "stream": stream, "from": at, "count": 1000},
            )
            found += page["records"]
            at = page["next"]
            if at >= page["end"]:
                return found, at

    def wait_for(self, what, ready, seconds):
        def check():
            if self.process and self.process.poll() is not None:
                log = (self.lab.work / f"{self.name}.log").read_text(errors="replace")
                raise Failed(
                    f"furrow-device ended with {self.process.returncode}\n" + lab.tail(log, 25)
                )
            return ready()

        return self.lab.wait(what, check, seconds=seconds, pause=0.5)

    def pieces(self, log):
        """How many pieces of sprayed ground a log holds."""
        table = self.lab.work / "sprayed.csv"
        self.lab.edge("map", log, "--csv", table)
        return len(table.read_text().splitlines()) - 1

    def told_all(self, log, seconds=240):
        """What it kept while out of reach has arrived: what that log holds by now was sprayed, and
        the images that stood in line. It goes on working, so there is always something new in it.
        """
        line, held, first, had = self.waiting(), self.pieces(log), 0, 0

        def told():
            nonlocal first, had
            after, first = self.records("sprays", first)
            had += sum(r["count"] for r in after if r["log"] == log.name)
            left = len(line & self.waiting())
            self.lab.board.say(f"{had} of {held} sprayed pieces, {left} images still in line")
            return had >= held and not left

        self.wait_for("what the tractor has to tell", told, seconds)

    def waiting(self):
        """Images that stand in line."""
        return {one.name for one in (self.home / "spool/waiting").glob("*.json")}
