# SPDX-License-Identifier: Apache-2.0
"""Finds the cases: one file each under cases/<suite>/, described by the `NEEDS` table at its
top."""

import fnmatch
import importlib.util
import os
from dataclasses import dataclass, field

SDKS = ("2.1", "2.0", "1.16")
SUITES = ("core", "agent", "automation", "cli")

# What a case may say in NEEDS, with the value it has when it says nothing.
DEFAULTS = {
    "sdk": list(SDKS),  # the SDK lines that have what the case calls
    "modules": [],  # Python modules the client needs beside the SDK
    "programs": [],  # programs of the client's virtual environment that it needs
    "steps": ["client"],  # functions run one after the other, each in a process of its own
    "timeout": 90,  # seconds for each step
    "quick": False,  # part of the run that every change gets
    "agent": None,  # {"queues": [...]}: clearml-agent daemons that run beside the case
    "network": False,  # the client installs packages
    "restart": True,  # the check is asked again after a restart of the server
    "env": {},  # further environment of the client
}


@dataclass
class Case:
    suite: str
    name: str
    path: str
    module: object
    needs: dict = field(default_factory=dict)

    @property
    def title(self):
        return f"{self.suite}/{self.name}"


class BadCase(Exception):
    """A case file that does not keep the contract."""


def load(root, suite, pattern="*", quick=False):
    """The cases of one suite whose name or `suite/name` matches, in order of name."""
    folder = os.path.join(root, "cases", suite)
    found = []
    for file in sorted(os.listdir(folder)):
        if not file.endswith(".py"):
            continue
        name = file[:-3]
        if not any(fnmatch.fnmatch(text, pattern) for text in (name, f"{suite}/{name}")):
            continue
        case = _load_one(suite, name, os.path.join(folder, file))
        if not quick or case.needs["quick"]:
            found.append(case)
    return found


def _load_one(suite, name, path):
    spec = importlib.util.spec_from_file_location(f"compat_case_{suite}_{name}", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    said = getattr(module, "NEEDS", {})
    unknown = set(said) - set(DEFAULTS)
    if unknown:
        raise BadCase(f"{path}: NEEDS has unknown {sorted(unknown)}")
    case = Case(suite, name, path, module, {**DEFAULTS, **said})
    for function in [*case.needs["steps"], "check"]:
        if not callable(getattr(module, function, None)):
            raise BadCase(f"{path}: no function {function}()")
    return case
