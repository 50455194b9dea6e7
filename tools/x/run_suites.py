#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs the suites of tools/x/suites.tsv and sums their results; see `./x test --help`.

The contract between a suite and this runner is in CONTRIBUTING.md: its last RESULT line counts, an
exit status other than 0 is at least one failure, and 77 (or a need that could not be downloaded)
means that it could not run, which is never a pass.
"""
import dataclasses
import os
import re
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
COULD_NOT_RUN = 77
NEED_NOT_DOWNLOADED = 3
RESULT = re.compile(r"RESULT passed=(\d+) failed=(\d+)(?: skipped=(\d+))?")


@dataclasses.dataclass
class Suite:
    name: str
    when: str
    minutes: float
    needs: list
    command: str


@dataclasses.dataclass
class Outcome:
    passed: int = 0
    failed: int = 0
    skipped: int = 0
    why: str = ""


def read_table(path):
    suites = []
    for line in path.read_text().splitlines():
        if line.strip() and not line.startswith("#"):
            fields = line.split("\t")
            if len(fields) != 5 or fields[1] not in ("always", "all"):
                sys.exit(f"{path}: not a row of five fields: {line}")
            name, when, minutes, needs, command = fields
            suites.append(Suite(name, when, float(minutes),
                                [] if needs == "-" else needs.split(","), command))
    return suites


class Runner:
    def __init__(self, root, logs):
        self.root, self.logs, self.child = root, logs, None
        logs.mkdir(parents=True, exist_ok=True)
        signal.signal(signal.SIGTERM, self.stop)
        signal.signal(signal.SIGINT, self.stop)

    def stop(self, number, _frame):
        self.end_child(signal.SIGTERM)
        time.sleep(1)
        self.end_child(signal.SIGKILL)
        os._exit(128 + number)

    def end_child(self, number):
        if self.child:
            try:
                os.killpg(self.child.pid, number)
            except ProcessLookupError:
                pass

    def run(self, arguments, log, minutes):
        """Streams a command to the log and, indented, to us. Returns (status or None, lines)."""
        lines, over = [], threading.Event()
        environment = dict(os.environ, FURROW_ROOT=str(self.root),
                           FURROW_BIN=str(self.root / "build/release/bin/furrow"),
                           FURROW_VENVS=str(self.root / "build/venv"))
        self.child = subprocess.Popen(
            arguments, cwd=self.root, env=environment, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace",
            start_new_session=True)

        def expire():
            over.set()
            self.end_child(signal.SIGTERM)
            time.sleep(10)
            self.end_child(signal.SIGKILL)

        timer = threading.Timer(minutes * 60, expire)
        timer.daemon = True
        timer.start()
        for line in self.child.stdout:
            log.write(line)
            lines.append(line.rstrip())
            print("  | " + line.rstrip(), flush=True)
        status = self.child.wait()
        timer.cancel()
        self.end_child(signal.SIGKILL)  # whatever the suite forgot to stop
        self.child = None
        return (None if over.is_set() else status), lines

    def suite(self, suite):
        with open(self.logs / f"{suite.name}.log", "w") as log:
            if suite.needs:
                status, _ = self.run(["tools/x/need.sh", *suite.needs], log, 60)
                if status == NEED_NOT_DOWNLOADED:
                    return Outcome(skipped=1, why="what it needs could not be downloaded")
                if status != 0:
                    return Outcome(failed=1, why=f"could not make {', '.join(suite.needs)}")
            status, lines = self.run(["bash", "-c", suite.command], log, suite.minutes)
        return judge(status, lines, suite.minutes)


def judge(status, lines, minutes):
    found = [m for m in map(RESULT.fullmatch, lines) if m]
    passed, failed, skipped = (int(g or 0) for g in found[-1].groups()) if found else (0, 0, 0)
    if status is None:
        return Outcome(passed, failed + 1, skipped, f"stopped after {minutes:g} minutes")
    if status == COULD_NOT_RUN and failed == 0:
        reasons = [line[5:] for line in lines if line.startswith("SKIP ")]
        return Outcome(passed, 0, max(skipped, 1), reasons[-1] if reasons else "could not run")
    if not found:
        return Outcome(failed=1, why=f"no RESULT line, exit status {status}")
    if status != 0 and failed == 0:
        return Outcome(passed, 1, skipped, f"exit status {status}")
    if passed + failed + skipped == 0:
        return Outcome(failed=1, why="it ran nothing")
    return Outcome(passed, failed, skipped)


def choose(suites, arguments):
    known = {suite.name for suite in suites}
    names = [a for a in arguments if not a.startswith("-")]
    for argument in arguments:
        if argument not in known and argument not in ("--all", "--list"):
            sys.exit(f"x: test: no suite '{argument}'; there are: {' '.join(sorted(known))}")
    if names:
        return [suite for suite in suites if suite.name in names]
    return [suite for suite in suites if suite.when == "always" or "--all" in arguments]


def main(arguments):
    table = Path(os.environ.get("FURROW_SUITES", ROOT / "tools/x/suites.tsv"))
    suites = read_table(table)
    if "--list" in arguments:
        for suite in suites:
            print(f"{suite.name}\t{suite.when}")
        return 0
    chosen = choose(suites, arguments)
    runner = Runner(ROOT, Path(os.environ.get("FURROW_LOGS", ROOT / "build/test-logs")))
    total, rows = Outcome(), []
    for number, suite in enumerate(chosen, 1):
        print(f"== {suite.name} ({number}/{len(chosen)})", flush=True)
        started = time.monotonic()
        outcome = runner.suite(suite)
        rows.append((suite.name, outcome, time.monotonic() - started))
        total.passed += outcome.passed
        total.failed += outcome.failed
        total.skipped += outcome.skipped
    print()
    for name, outcome, seconds in rows:
        verdict = "FAILED " if outcome.failed else "skipped" if outcome.skipped else "ok     "
        counts = f"{outcome.passed:6} passed {outcome.failed:4} failed {outcome.skipped:4} skipped"
        print(f"{verdict} {name:16}{counts} {seconds:7.1f} s  {outcome.why}".rstrip())
    print(f"{total.passed} passed, {total.failed} failed"
          + (f", {total.skipped} skipped" if total.skipped else ""))
    return 0 if total.passed and not total.failed else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
