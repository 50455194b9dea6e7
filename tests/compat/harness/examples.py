# SPDX-License-Identifier: Apache-2.0
"""Runs the SDK's own example scripts, unmodified, from a checkout of its public repository.

examples.tsv says for each script whether it is run, with what, and why not if not. Nothing of the
checkout is part of this project.
"""

import fnmatch
import os
import shutil
import time
from dataclasses import dataclass

import raw as raw_module

from . import agents, clients, runner, server as server_module

MANIFEST = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "examples.tsv")
SUITE = "examples"


@dataclass
class Line:
    pattern: str
    verdict: str
    modules: list
    arguments: list
    timeout: int
    reason: str


def manifest():
    """The lines of examples.tsv, in order; the order is that of the runs."""
    lines = []
    with open(MANIFEST) as file:
        for number, text in enumerate(file, 1):
            text = text.rstrip("\n")
            if not text or text.startswith("#"):
                continue
            fields = text.split("\t")
            if len(fields) != 6 or fields[1] not in ("run", "skip"):
                raise ValueError(f"examples.tsv:{number}: six fields, the second run or skip")
            pattern, verdict, modules, arguments, timeout, reason = fields
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
    found = []
    for root, _, names in os.walk(folder):
        found += [
            os.path.relpath(os.path.join(root, name), folder)
            for name in names
            if name.endswith((".py", ".ipynb"))
        ]
    return sorted(found)


def plan(folder):
    """(script, line or None) in the order of the manifest, scripts that it does not name last."""
    lines, left, order = manifest(), scripts(folder), []
    for line in lines:
        for script in fnmatch.filter(left, line.pattern):
            order.append((script, line))
        left = [script for script in left if not fnmatch.fnmatch(script, line.pattern)]
    return order + [(script, None) for script in left]


def run(options, sdk, venv, folder, shared, report):
    """Results for every script in the checkout, given as its root or as its examples folder."""
    source = os.path.abspath(options.examples)
    if os.path.isdir(os.path.join(source, "examples")):
        source = os.path.join(source, "examples")
    own = clients.Venv(os.path.join(options.venvs, SUITE))
    if own.exists():
        venv = own
    os.makedirs(folder)
    # Out of its repository, so that a queued script is recorded whole and needs no remote to clone.
    copy = os.path.join(folder, "examples")
    shutil.copytree(source, copy)
    ExampleRun(options, sdk, venv, folder, copy, shared, report).run(
        [
            (script, line)
            for script, line in plan(copy)
            if fnmatch.fnmatch(script, options.case) or options.case == "*"
        ]
    )


class ExampleRun:
    def __init__(self, options, sdk, venv, folder, copy, shared, report):
        self.options = options
        self.sdk = sdk
        self.venv = venv
        self.folder = folder
        self.copy = copy
        self.shared = shared
        self.report = report
        self.server = server_module.Server(options.server, folder)

    def run(self, chosen):
        ready = []
        for script, line in chosen:
            reason = self._why_not(line)
            if reason:
                self._say(script, runner.SKIPPED, 0, reason)
            else:
                ready.append((script, line))
        if not ready:
            return
        try:
            self.server.start()
        except server_module.ServerFailed as error:
            for script, _ in ready:
                self._say(
                    script,
                    runner.FAILED,
                    0,
                    f"the server did not start: {error}",
                    self.server.log_tail(),
                )
            return
        started = []
        try:
            raw = raw_module.Raw(self.server.urls, self.server.access_key, self.server.secret_key)
            agent_venv = clients.Venv(os.path.join(self.options.venvs, "agent"))
            if os.path.exists(agent_venv.program("clearml-agent")):
                for queue in ("default", "services"):
                    agent = agents.Agent(
                        self.server,
                        agent_venv,
                        self.venv,
                        self.folder,
                        self.shared,
                        [queue],
                        f"examples-{queue}",
                    )
                    agent.start(raw)
                    started.append(agent)
            done = sum(self._one(raw, script, line) for script, line in ready)
            print(
                f"\nexamples: {done} of {len(chosen)} passed, "
                f"{len(chosen) - len(ready)} not run, each with its reason above",
                flush=True,
            )
        finally:
            for agent in started:
                agent.stop()
            self.server.stop()

    def _why_not(self, line):
        if line is None:
            return "not named in examples.tsv"
        if line.verdict == "skip":
            return line.reason
        if not self.venv.exists():
            return f"no virtual environment at {self.venv.folder}"
        missing = [m for m in line.modules if not self.venv.has_module(m)]
        return f"missing modules: {', '.join(missing)}" if missing else ""

    def _one(self, raw, script, line):
        begin = time.monotonic()
        home = os.path.join(self.folder, "home")
        os.makedirs(os.path.join(home, "cache"), exist_ok=True)
        env = clients.environment(self.server, self.venv, home, self.shared)
        before = self._tasks(raw)
        log = os.path.join(self.folder, script.replace("/", "-") + ".log")
        outcome = clients.run(
            [self.venv.python, os.path.basename(script), *line.arguments],
            env,
            os.path.dirname(os.path.join(self.copy, script)),
            log,
            line.timeout,
        )
        seconds = time.monotonic() - begin
        if outcome.timed_out:
            reason = f"no end in {line.timeout} s"
        elif outcome.code != 0:
            reason = f"exit code {outcome.code}"
        else:
            made = {k: v for k, v in self._tasks(raw).items() if k not in before}
            failed = [name for name, status in made.values() if status == "failed"]
            reason = f"tasks failed: {', '.join(failed)}" if failed else ""
            reason = reason or ("" if made or before else "no task on the server")
        if reason:
            self._say(
                script,
                runner.FAILED,
                seconds,
                reason,
                outcome.tail() + ["-- server log"] + self.server.log_tail(8),
            )
            return 0
        self._say(script, runner.PASSED, seconds)
        return 1

    @staticmethod
    def _tasks(raw):
        found, page = {}, 0
        while True:
            tasks = raw.call(
                "tasks.get_all",
                only_fields=["id", "name", "status"],
                page=page,
                page_size=500,
                search_hidden=True,
                order_by=["created"],
            )["tasks"]
            found.update({t["id"]: (t["name"], t["status"]) for t in tasks})
            if len(tasks) < 500:
                return found
            page += 1

    def _say(self, script, verdict, seconds, reason="", details=()):
        self.report(runner.Result(SUITE, self.sdk, script, verdict, seconds, reason, list(details)))
