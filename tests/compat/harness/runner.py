# SPDX-License-Identifier: Apache-2.0
"""Runs the cases of one suite against one server with one SDK line, a few at a time."""

import os
import shutil
import time
import traceback
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import raw as raw_module

from . import agents, clients, server as server_module

PASSED, FAILED, SKIPPED = "passed", "failed", "skipped"


@dataclass
class Result:
    suite: str
    sdk: str
    name: str
    verdict: str
    seconds: float = 0.0
    reason: str = ""
    details: list = field(default_factory=list)

    @property
    def title(self):
        return f"{self.suite}/{self.name}"


class SdkRace(Exception):
    """The SDK hung in its own race: nothing was learnt of the server."""


class SuiteRun:
    """One suite with one SDK line: its server, its folder, its results."""

    def __init__(self, options, suite, sdk, sdk_venv, agent_venv, folder, shared, report):
        self.options = options
        self.suite = suite
        self.sdk = sdk
        self.sdk_venv = sdk_venv
        self.agent_venv = agent_venv
        self.folder = folder
        self.shared = shared
        self.report = report
        self.server = server_module.Server(options.server, folder)
        self.raw = None
        self._checked = []

    def run(self, cases):
        """The results of all cases, and of the server's own restart and stop."""
        os.makedirs(self.folder, exist_ok=True)
        ready, results = [], []
        for case in cases:
            reason = self._why_not(case)
            if reason:
                results.append(
                    self._done(Result(case.suite, self.sdk, case.name, SKIPPED, 0, reason))
                )
            else:
                ready.append(case)
        if not ready:
            return results
        try:
            self.server.start()
        except server_module.ServerFailed as error:
            reason = f"the server did not start: {error}"
            return results + [
                self._done(
                    Result(c.suite, self.sdk, c.name, FAILED, 0, reason, self.server.log_tail())
                )
                for c in ready
            ]
        try:
            self.raw = raw_module.Raw(
                self.server.urls, self.server.access_key, self.server.secret_key
            )
            with ThreadPoolExecutor(self.options.jobs) as pool:
                results += pool.map(self._guarded, ready)
            results.append(self._ask_again_after_restart())
        finally:
            self.server.stop()
        return results

    def _done(self, result):
        self.report(result)
        return result

    def _why_not(self, case):
        needs = case.needs
        if self.sdk not in needs["sdk"]:
            return f"SDK {self.sdk} lacks what the case calls"
        if not self.sdk_venv.exists():
            return f"no virtual environment at {self.sdk_venv.folder}"
        if needs["agent"] and not (
            self.agent_venv.exists() and os.path.exists(self.agent_venv.program("clearml-agent"))
        ):
            return f"no clearml-agent at {self.agent_venv.folder}"
        missing = [m for m in needs["modules"] if not self.sdk_venv.has_module(m)]
        if missing:
            return f"missing modules: {', '.join(missing)}"
        missing = [
            p
            for p in needs["programs"]
            if not (os.path.exists(self.sdk_venv.program(p)) or shutil.which(p))
        ]
        if missing:
            return f"missing programs: {', '.join(missing)}"
        if needs["network"] and not self.sdk_venv.reaches_packages():
            return "no package index can be reached"
        return ""

    def _guarded(self, case):
        start = time.monotonic()
        try:
            try:
                reason, details = self._run_one(case, case.name)
            except SdkRace as race:
                print(f"again {self.sdk:>4} {case.title}  {race}", flush=True)
                reason, details = self._run_one(case, f"{case.name}-again")
        except Exception as error:  # a fault of the harness is a failure of the case, never a pass
            reason = f"{type(error).__name__}: {error}"
            details = traceback.format_exc().splitlines()[-12:]
        seconds = time.monotonic() - start
        if not reason:
            return self._done(Result(case.suite, self.sdk, case.name, PASSED, seconds))
        details = details + ["-- server log"] + self.server.log_tail()
        if not self.server.alive():
            reason += " (the server is down)"
        return self._done(Result(case.suite, self.sdk, case.name, FAILED, seconds, reason, details))

    def _run_one(self, case, folder_name):
        folder = os.path.join(self.folder, folder_name)
        home = os.path.join(folder, "home")
        os.makedirs(os.path.join(home, "cache"), exist_ok=True)
        script = clients.write_script(case, folder)
        facts_path = os.path.join(folder, "facts.json")
        env = clients.environment(
            self.server, self.sdk_venv, home, self.shared, case.needs["network"]
        )
        env.update({"FURROW_COMPAT_FACTS": facts_path, **case.needs["env"]})
        started, details = [], []
        try:
            for number, wanted in enumerate(_agent_list(case.needs["agent"])):
                agent = agents.Agent(
                    self.server,
                    self.agent_venv,
                    self.sdk_venv,
                    folder,
                    self.shared,
                    wanted["queues"],
                    f"{case.name}-{number}",
                    wanted.get("built", False),
                )
                started.append(agent)
                self._make_queues(wanted["queues"])
                agent.start(self.raw)
            for step in case.needs["steps"]:
                env["FURROW_COMPAT_STEP"] = step
                outcome = clients.run(
                    [self.sdk_venv.python, script],
                    env,
                    folder,
                    os.path.join(folder, f"{step}.log"),
                    case.needs["timeout"],
                )
                if outcome.hung_on_its_reporter():
                    raise SdkRace("the SDK lost sight of its reporting process and waits for it")
                if outcome.timed_out or outcome.code != 0:
                    ended = (
                        f"no end in {case.needs['timeout']} s"
                        if outcome.timed_out
                        else f"exit code {outcome.code}"
                    )
                    return f"{step}(): {ended}", self._tails(outcome, started)
            facts = clients.read_facts(facts_path)
            try:
                case.module.check(self.raw, facts)
            except Exception as error:
                where = traceback.extract_tb(error.__traceback__)
                line = next((f.lineno for f in where if f.filename == case.path), 0)
                return f"check() line {line}: {type(error).__name__}: {error}", self._tails(
                    outcome, started
                )
            if case.needs["restart"]:
                self._checked.append((case, facts))
            return "", details
        finally:
            for agent in started:
                agent.stop()

    def _make_queues(self, names):
        for name in names:
            if self.raw.queue(name) is None:
                self.raw.call("queues.create", name=name)

    @staticmethod
    def _tails(outcome, started):
        details = ["-- client log"] + outcome.tail()
        for agent in started:
            details += ["-- agent log"] + agent.tail()
        return details

    def _ask_again_after_restart(self):
        """Stops the server as an operator does, starts it on the same data, repeats every check."""
        start = time.monotonic()
        name = "~restart"
        if not self.server.alive():
            return self._done(
                Result(
                    self.suite,
                    self.sdk,
                    name,
                    FAILED,
                    0,
                    "the server had died",
                    self.server.log_tail(),
                )
            )
        code = self.server.stop()
        if code != 0:
            return self._done(
                Result(
                    self.suite,
                    self.sdk,
                    name,
                    FAILED,
                    0,
                    f"exit code {code} after SIGTERM",
                    self.server.log_tail(),
                )
            )
        wrong = []
        try:
            self.server.start()
            self.raw.login()
            for case, facts in self._checked:
                try:
                    case.module.check(self.raw, facts)
                except Exception as error:
                    wrong.append(f"{case.name}: {type(error).__name__}: {error}")
        except Exception as error:
            wrong.append(f"{type(error).__name__}: {error}")
        seconds = time.monotonic() - start
        if wrong:
            return self._done(
                Result(
                    self.suite,
                    self.sdk,
                    name,
                    FAILED,
                    seconds,
                    f"{len(wrong)} of {len(self._checked)} checks differ after a " "restart",
                    wrong + self.server.log_tail(),
                )
            )
        return self._done(Result(self.suite, self.sdk, name, PASSED, seconds))


def _agent_list(wanted):
    if not wanted:
        return []
    return wanted if isinstance(wanted, list) else [wanted]
