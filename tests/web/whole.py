# SPDX-License-Identifier: Apache-2.0
"""The page /fleet in a real browser while the loop runs with real programs: a person approves,
begins and halts from the keyboard what a tractor of the loop then does.

usage: tests/web/loop [--bin FOLDER] [--full] [--screenshot FILE]

The loop runs in its short form, with --full in its whole length. --screenshot writes the picture of
the documentation: the first release, while the tractor tries it.
"""

import argparse
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import threading
import time
import traceback

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "loop"))
from browser import Browser, answer, network, until  # noqa: E402
from fleet import ROOT, Server  # noqa: E402
from main import Report  # noqa: E402
from outcome import judge  # noqa: E402
from parts import DRAWN, World, check, pieces, row  # noqa: E402


class Loop:
    """`tools/loop/run`, and which of its steps are done."""

    def __init__(self, folder, bins, full):
        self.work, self.figures = folder / "work", folder / "figures.json"
        command = [ROOT / "tools/loop/run", "--approve", "ask", "--bin", bins, "--keep", self.work,
                   "--json", self.figures]
        self.process = subprocess.Popen(
            command if full else [*command, "--short"], stdin=subprocess.DEVNULL, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True)
        self.begun, self.done, self.output = [], [], ""
        self._threads = [threading.Thread(target=one) for one in (self._follow, self._collect)]
        for one in self._threads:
            one.start()

    def _follow(self):
        for line in self.process.stderr:
            print("loop    " + line.rstrip(), flush=True)
            step = re.match(r"\[ *\d+/\d+\] (.*?)(  .*| \.\.\.)$", line.rstrip())
            if step:
                (self.begun if step.group(2) == " ..." else self.done).append(step.group(1))

    def _collect(self):
        self.output = self.process.stdout.read()

    def until(self, steps, title, seconds=900):
        """Until a step has begun (steps = self.begun) or is done."""
        if not until(lambda: title in steps or self.process.poll() is not None, seconds):
            raise RuntimeError(f"'{title}' was not reached in {seconds} s")
        if title not in steps:
            raise RuntimeError(f"the loop ended before '{title}'")

    def end(self, seconds=900):
        self.process.wait(seconds)
        for one in self._threads:
            one.join()
        return self.process.returncode

    def stop(self):
        if self.process.poll() is None:
            self.process.terminate()  # it ends all that it started
            self.end(60)


class LoopServer(Server):
    """The loop's own server, with the same people."""

    def __init__(self, loop, bins):
        self.loop, self.data = loop, str(loop.work / "server")
        loop.until(loop.done, "server, agent, key, link")
        with open(os.path.join(self.data, "server.json")) as file:
            bound = json.load(file)
        self.urls = {port: bound[port].rstrip("/") for port in ("api", "files", "web")}
        for name, role in self.PEOPLE.items():
            subprocess.run([bins / "furrow", "user", "add", name, "--role", role, "--data",
                            self.data, "--password", self.password(name)], check=True,
                           stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        self.token = self.login("jane")


def approve(world, page, name, model, picture=None):
    """A release, from its appearance until the tractor runs its model."""
    report = world.report
    page.get_by_role("heading", name=f"Release: {name}").wait_for()
    page.get_by_text("conversion proven").wait_for()
    report.ok(f"{name} is shown, with its proof", True)
    report.ok(f"{name}: Approve by keyboard", answer(page, "Approve…", "I have seen the report"))
    page.get_by_role("button", name="Begin first…").wait_for()
    report.ok(f"{name}: Begin by keyboard", answer(page, "Begin first…"))
    if picture:
        page.locator(".rings").get_by_text("1 trying").wait_for()
        page.screenshot(path=picture)
        size = os.path.getsize(picture)
        report.ok("the picture is small", size < 300_000, size)
    row(page, "T1").get_by_text(model, exact=True).wait_for(timeout=120_000)
    report.ok(f"{name}: the model changes on the page", True)


def appears(world, loop, page):
    """It was not there, then it is, and works."""
    report = world.report
    loop.until(loop.begun, "a tractor enrols")
    row(page, "T1").wait_for()
    row(page, "T1").get_by_text(re.compile("spraying|driving")).wait_for()
    report.ok("the tractor appears and works", True)
    report.ok("as fast as it is driven", row(page, "T1").get_by_text("2.0").count() == 1,
              row(page, "T1").inner_text())
    had, drawn = place(world), page.evaluate(DRAWN)
    report.ok("it moves", until(lambda: place(world) > had + 2) and
              until(lambda: page.evaluate(DRAWN) != drawn), place(world))
    had = pieces(page)
    report.ok("what it sprays is counted", until(lambda: pieces(page) > had + 5), pieces(page))


def place(world):
    """Metres along the field."""
    tractor = world.server.call("fleet.get_by_id", {"tractor": "T1"})["tractor"]
    return tractor["state"]["position"]["x_m"]


def cut(world, loop, page, full):
    """The loop cuts the tractor's link while it sprays; the page is not cut."""
    report = world.report
    loop.until(loop.begun, "field B with its link cut")
    had = pieces(page)
    row(page, "T1").get_by_text(re.compile(r"^(8|9|1\d) s ago$")).wait_for(timeout=60_000)
    report.ok("a tractor out of reach ages", True)
    live = page.locator("[data-link=live]").count()
    report.ok("while the page is live", live == 1, live)
    row(page, "T1").get_by_text(re.compile(r"^[0-2] s ago$")).wait_for(timeout=120_000)
    report.ok("it is back", True)
    if full:  # the short form's model has not learnt enough to spray
        more = until(lambda: pieces(page) > had + 5, 120)
        report.ok("and what it sprayed meanwhile arrives", more, (had, pieces(page)))


def away(world, page):
    """The network of the one who looks drops and comes back."""
    report = world.report
    row(page, "T1").get_by_text(re.compile(r"^[0-2] s ago$")).wait_for(timeout=60_000)
    reachable = network(page)
    reachable(False)
    page.locator("[data-link=lost]").wait_for()
    row(page, "T1").get_by_text(re.compile(r"^([4-9]|1\d) s ago$")).wait_for()
    report.ok("cut off, the page says so and lets all age", True)
    reachable(True)
    page.locator("[data-link=live]").wait_for(timeout=60_000)
    row(page, "T1").get_by_text(re.compile(r"^[0-2] s ago$")).wait_for()
    drawn = page.evaluate(DRAWN)
    report.ok("it comes back by itself, and goes on", until(lambda: page.evaluate(DRAWN) != drawn))


def halt(world, loop, bins, page):
    """A trial that a person thinks better of: the tractor, which has it, goes back."""
    report, server = world.report, world.server
    trial = loop.work / "trial-2.bundle"
    subprocess.run([bins / "furrow", "bundle", "make", loop.work / "weednet-1", "--name", "trial",
                    "--version", "2", "--key", loop.work / "lab.key", "--out", trial], check=True,
                   stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    server.upload("bundles/trial-2.bundle", trial.read_bytes())
    identity = server.call("releases.create", {
        "name": "a trial", "bundle": "bundles/trial-2.bundle",
        "gates": {"watch_s": 3600, "slack_p1_ms_min": -1000, "missed_per_million_max": 1000000,
                  "dropped_share_max": 1},
        "rings": [{"name": "first", "tractors": ["T1"]}]})["release"]
    approve(world, page, "a trial", "trial 2")
    report.ok("Halt by keyboard", answer(page, "Halt…", "rain"))
    page.get_by_text("Halted by jane: rain", exact=True).wait_for()
    row(page, "T1").get_by_text("weednet 1", exact=True).wait_for(timeout=60_000)
    report.ok("the tractor goes back to what it ran before", True)
    found = server.call("releases.get_by_id", {"release": identity})["release"]
    report.ok("halted in her name", (found["status"], found["halted"]["by"]) == ("halted", "jane"),
              found)


def traced(world, bins):
    """furrow trace: from a model to the frames it judged, and from such a frame back to it."""
    def trace(what):
        command = [bins / "furrow", "trace", what, "--data", world.server.data, "--json"]
        return json.loads(subprocess.run(command, check=True, stdin=subprocess.DEVNULL,
                                         stdout=subprocess.PIPE).stdout)

    told = trace("weednet-1")
    (model,) = told["lineage"]
    world.report.ok("a model leads to its run and data set",
                    set(model["source"]) == {"task", "model", "dataset"}, model)
    frames = told["frames"]
    world.report.ok("and to the frames it judged", len(frames) > 0, told)
    for what in [one["sha256"] for one in frames[:1]]:
        world.report.ok("a frame leads back to it", trace(what)["lineage"] == [model], what)


def looks(world, page):
    """axe-core on the page as it lives, in both themes."""
    for theme in ("light", "dark"):
        page.emulate_media(color_scheme=theme)
        page.wait_for_function("(t) => document.documentElement.dataset.theme === t", arg=theme)
        check(world, page, f"the live page, {theme}")
    page.emulate_media(color_scheme="light")


def drive(world, loop, bins, options):
    report, server = world.report, world.server
    page = world.browser.fresh()
    world.browser.sign_in(page, "jane")
    page.locator("[data-link=live]").wait_for()
    page.evaluate("window.sameDocument = true")
    report.ok("no tractor yet", row(page, "T1").count() == 0)
    appears(world, loop, page)
    loop.until(loop.begun, "release, approval, first model")
    approve(world, page, "weednet 1", "weednet 1", options.screenshot)
    cut(world, loop, page, options.full)
    loop.until(loop.begun, "training again")
    traced(world, bins)
    halt(world, loop, bins, page)
    away(world, page)
    looks(world, page)
    loop.until(loop.begun, "release, second model, while it sprays")
    approve(world, page, "weednet 2", "weednet 2")
    same = page.evaluate("window.sameDocument")
    report.ok("all of it without a reload", same is True, same)
    for number in (1, 2):
        found = [one for one in server.call("releases.get_all", {})["releases"]
                 if one["name"] == f"weednet {number}"]
        report.ok(f"weednet {number} was approved in her name",
                  len(found) == 1 and found[0]["approved"]["by"] == "jane", found)


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bin", type=pathlib.Path, default=ROOT / "build/release/bin")
    parser.add_argument("--full", action="store_true")
    parser.add_argument("--screenshot")
    options = parser.parse_args()
    report, started = Report(), time.monotonic()
    folder = pathlib.Path(tempfile.mkdtemp(prefix="furrow-web-loop-"))
    loop, browser = Loop(folder, options.bin, options.full), None
    try:
        server = LoopServer(loop, options.bin)
        browser = Browser(server)
        drive(World(server, browser, str(folder), report), loop, options.bin, options)
        report.ok("no request went to anybody else", not browser.outside, browser.outside)
        report.ok("no script failed and no policy was broken", not browser.errors, browser.errors)
        browser.close()
        browser = None
        lineage = judge(report.ok, loop.end(), loop.output, loop.figures)
        by = {lineage.get(f"release {n} approved by") for n in (1, 2)}
        report.ok("the loop says who approved", by == {"jane"}, by)
    except Exception as error:
        traceback.print_exc()
        report.ok("the test came to its end", False, repr(error))
    finally:
        if browser:
            browser.close()
        loop.stop()
    report.figure("seconds", round(time.monotonic() - started))
    return report.end(folder)


if __name__ == "__main__":
    sys.exit(main())
