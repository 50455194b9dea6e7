# SPDX-License-Identifier: Apache-2.0
"""Runs the SDK's own example scripts, unmodified, from a checkout of its public repository.

examples.tsv says for each script whether it is run, with what, and why not if not. Nothing of the
checkout is part of this project.
"""

import fnmatch
import os
import shutil
import subprocess
import time

import raw as raw_module

from . import agents, clients, manifest, runner, server as server_module, table

SUITE = "examples"
# Two agents, so that a controller in `services` does not wait behind its own steps.
AGENTS = (["default", "1xGPU"], ["services"])
# Some scripts ask on the terminal whether to go on; their reader presses return.
ANSWERS = b"\n" * 8
UNFINISHED = ("queued", "in_progress")
# For a service to end after it was told to: the SDK looks for the word every few seconds.
STOP_PATIENCE = 90


def run(options, sdk, venv, folder, shared, report):
    """Results for every script in the checkout, given as its root or as its examples folder; the
    closing sentence."""
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
    shutil.copytree(os.path.join(manifest.HERE, "standins"), os.path.join(folder, "standins"))
    results = ExampleRun(options, sdk, venv, folder, copy, shared, report).run(
        [
            (script, line)
            for script, line in manifest.plan(copy)
            if fnmatch.fnmatch(script, options.case) or (line and line.verdict == "prepare")
        ]
    )
    if options.table:
        table.write(options.table, results, source, f"clearml {venv.version_of('clearml')}")
    passed = sum(r.verdict == runner.PASSED for r in results)
    ran = sum(r.verdict != runner.SKIPPED for r in results)
    return (
        f"examples: {passed} of {len(results)} passed; {ran - passed} failed, "
        f"{len(results) - ran} not run, each with its reason above"
    )


class ExampleRun:
    def __init__(self, options, sdk, venv, folder, copy, shared, report):
        self.options = options
        self.sdk = sdk
        self.venv = venv
        self.folder = folder
        self.home = os.path.join(folder, "home")
        self.copy = copy
        self.shared = shared
        self.report = report
        self.server = server_module.Server(options.server, folder)
        self.raw = None
        self.results = []

    def run(self, chosen):
        ready = []
        for script, line in chosen:
            reason = self._why_not(line)
            if not reason:
                ready.append((script, line))
            elif line is None or line.verdict != "prepare":
                self._say(script, runner.SKIPPED, 0, reason)
        if not any(line.verdict != "prepare" for _, line in ready):
            return self.results
        started = []
        try:
            self.server.start()
            self.raw = raw_module.Raw(
                self.server.urls, self.server.access_key, self.server.secret_key
            )
            started += self._start_agents()
            for script, line in ready:
                self._one(script, line)
        except server_module.ServerFailed as error:
            for script, _ in ready:
                reason = f"the server did not start: {error}"
                self._say(script, runner.FAILED, 0, reason, self.server.log_tail())
        finally:
            for agent in started:
                agent.stop()
            self.server.stop()
        return self.results

    def _start_agents(self):
        venv = clients.Venv(os.path.join(self.options.venvs, "agent"))
        started = []
        if not os.path.exists(venv.program("clearml-agent")):
            return started
        for queues in AGENTS:
            for queue in queues:
                if self.raw.queue(queue) is None:
                    self.raw.call("queues.create", name=queue)
            name = f"examples-{queues[0]}"
            agent = agents.Agent(
                self.server, venv, self.venv, self.folder, self.shared, queues, name
            )
            agent.start(self.raw)
            started.append(agent)
        return started

    def _why_not(self, line):
        if line is None:
            return "not named in examples.tsv"
        if line.verdict == "skip":
            return line.reason
        if not self.venv.exists():
            return f"no virtual environment at {self.venv.folder}"
        missing = [m for m in line.modules if not self.venv.has_module(m)]
        return f"missing modules: {', '.join(missing)}" if missing else ""

    def _one(self, script, line):
        begin = time.monotonic()
        os.makedirs(os.path.join(self.home, "cache"), exist_ok=True)
        env = clients.environment(self.server, self.venv, self.home, self.shared)
        env["TMPDIR"] = os.path.join(self.folder, "tmp")
        os.makedirs(env["TMPDIR"], exist_ok=True)
        prepare = line.verdict == "prepare"
        path = os.path.join(self.folder if prepare else self.copy, script)
        log = os.path.join(self.folder, script.replace("/", "-") + ".log")
        before = self._tasks()
        try:
            arguments = [self._argument(text) for text in line.arguments]
            command = [self.venv.python, os.path.basename(path), *arguments]
            act = self._serve if line.verdict == "serve" else self._to_its_end
            reason, details = act(line, command, env, os.path.dirname(path), log, before)
        except Exception as error:  # a fault of the harness is the script's failure, never a pass
            reason, details = f"{type(error).__name__}: {error}", []
        finally:
            self._stop(before)
        seconds = time.monotonic() - begin
        if reason:
            details = details + ["-- server log"] + self.server.log_tail(8)
            self._say(script, runner.FAILED, seconds, reason, details)
        elif not prepare:
            self._say(script, runner.PASSED, seconds)

    def _to_its_end(self, line, command, env, folder, log, before):
        """The script, then everything that it queued. Returns why it failed, and what to show."""
        deadline = time.monotonic() + line.timeout
        outcome = clients.run(command, env, folder, log, line.timeout, ANSWERS)
        if outcome.timed_out:
            return f"no end in {line.timeout} s", outcome.tail()
        if outcome.code != 0:
            return f"exit code {outcome.code}", outcome.tail()
        while self._unfinished(before) and time.monotonic() < deadline:
            time.sleep(1)
        left = [f"{t['name']} ({t['status']})" for t in self._unfinished(before)]
        if left:
            return f"still at it after {line.timeout} s: {', '.join(left)}", outcome.tail()
        return self._verdict_on(before), outcome.tail()

    def _serve(self, line, command, env, folder, log, before):
        """A service: it, or the task that it queues itself as, runs on until it is stopped."""
        with open(log, "ab") as out:
            process = subprocess.Popen(
                command,
                cwd=folder,
                env=env,
                stdin=subprocess.PIPE,
                stdout=out,
                stderr=out,
                start_new_session=True,
            )
        outcome = clients.Outcome(None, False, log)
        try:
            process.stdin.write(ANSWERS)
            process.stdin.close()
            time.sleep(line.timeout)
            if process.poll() not in (None, 0):
                return f"exit code {process.returncode}", outcome.tail()
            if not [t for t in self._unfinished(before) if t["status"] == "in_progress"]:
                return f"nothing runs after {line.timeout} s", outcome.tail()
            if not self._stop(before):
                return f"did not stop in {STOP_PATIENCE} s when told to", outcome.tail()
            deadline = time.monotonic() + STOP_PATIENCE
            while process.poll() is None and time.monotonic() < deadline:
                time.sleep(0.5)
            if process.poll() is None:
                return f"the process did not end in {STOP_PATIENCE} s", outcome.tail()
            return self._verdict_on(before), outcome.tail()
        finally:
            clients.end_group(process)

    def _argument(self, text):
        """`{enqueued:NAME}` is the id of a clone of the task NAME, sent to `default`."""
        if not text.startswith("{enqueued:"):
            return text
        name = text[len("{enqueued:"):-1]
        task = next(t for t in self._tasks().values() if t["name"] == name)
        clone = self.raw.call("tasks.clone", task=task["id"])["id"]
        self.raw.call("tasks.enqueue", task=clone, queue_name="default")
        return clone

    def _verdict_on(self, before):
        made = {k: v for k, v in self._tasks().items() if k not in before}
        failed = [t["name"] for t in made.values() if t["status"] == "failed"]
        if failed:
            return f"tasks failed: {', '.join(failed)}"
        return "" if made or before else "no task on the server"

    def _unfinished(self, before):
        return [
            t for k, t in self._tasks().items() if k not in before and t["status"] in UNFINISHED
        ]

    def _stop(self, before):
        """Stops what a script left on the server; whether all of it ended."""
        for task in self._unfinished(before):
            method = "tasks.dequeue" if task["status"] == "queued" else "tasks.stop"
            self.raw.call(method, task=task["id"])
        deadline = time.monotonic() + STOP_PATIENCE
        while self._unfinished(before):
            if time.monotonic() > deadline:
                return False
            time.sleep(1)
        return True

    def _tasks(self):
        found, page = {}, 0
        while True:
            tasks = self.raw.call(
                "tasks.get_all",
                only_fields=["id", "name", "status"],
                page=page,
                page_size=500,
                search_hidden=True,
                order_by=["-created"],
            )["tasks"]
            for task in tasks:
                found.setdefault(task["id"], task)
            if len(tasks) < 500:
                return found
            page += 1

    def _say(self, script, verdict, seconds, reason="", details=()):
        result = runner.Result(SUITE, self.sdk, script, verdict, seconds, reason, list(details))
        self.results.append(result)
        self.report(result)
