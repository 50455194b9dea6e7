# SPDX-License-Identifier: Apache-2.0
"""What changes when the program under attack is built with AddressSanitizer and
UndefinedBehaviorSanitizer (build/asan): its options, its bounds, and where its reports are."""

import glob
import os
import pathlib
import shutil
import tempfile

# The first report ends the process, with a status of its own; what was still reachable by nobody
# at a clean end is a report too. The quarantine is kept small, so that memory stays comparable.
OPTIONS = ("halt_on_error=1:exitcode=86:detect_leaks=1:strict_string_checks=1:"
           "detect_stack_use_after_return=1:check_initialization_order=1:strict_init_order=1:"
           "print_summary=1:quarantine_size_mb=16:malloc_context_size=20")
WORDS = ("AddressSanitizer", "LeakSanitizer", "UndefinedBehaviorSanitizer", ": runtime error: ")

_guards = {}


def guard_of(binary):
    """One for each program: worlds beside each other share it."""
    if binary not in _guards:
        sanitized = b"__asan_init" in pathlib.Path(binary).read_bytes()
        _guards[binary] = Sanitizers() if sanitized else Plain()
    return _guards[binary]


class Plain:
    """A program without sanitizers: the bounds are those that are promised."""

    sanitized = False
    memory_max = 64 << 20
    seconds_max = 20  # far beyond what any request here takes; a quadratic one takes minutes

    def environment(self, **more):
        return {**os.environ, **more}

    def reports(self):
        return []

    def forget(self):
        pass


class Sanitizers:
    """The bounds are wider by what the sanitizer itself keeps: red zones around each piece of
    memory, 1/8 of shadow, and what was freed lately. They still end what grows without bound."""

    sanitized = True
    memory_max = 256 << 20
    seconds_max = 120

    def __init__(self):
        self._folder = tempfile.mkdtemp(prefix="furrow-sanitizer-")

    def environment(self, **more):
        path = os.path.join(self._folder, "report")
        return {**os.environ, **more, "ASAN_OPTIONS": f"{OPTIONS}:log_path={path}",
                "LSAN_OPTIONS": "report_objects=1",
                "UBSAN_OPTIONS": f"print_stacktrace=1:halt_on_error=1:log_path={path}"}

    def reports(self):
        """What the sanitizers wrote so far, of the server and of every command beside it."""
        found = []
        for path in sorted(glob.glob(os.path.join(self._folder, "report*"))):
            with open(path, errors="replace") as file:
                found.append(file.read())
        return found

    def forget(self):
        shutil.rmtree(self._folder, ignore_errors=True)


def reports_in_log(path):
    """Lines of a server's log that a sanitizer wrote: one that could not open its own file."""
    with open(path, errors="replace") as file:
        return [line.rstrip() for line in file if any(word in line for word in WORDS)]
