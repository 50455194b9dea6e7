# SPDX-License-Identifier: Apache-2.0
"""The Tab key in real shells: bash and zsh at a terminal with the scripts of `furrow completion`
and `furrow-edge completion`."""

import os
import pty
import re
import select
import subprocess
import time

SHELLS = {
    "bash": (["bash", "--norc", "--noprofile", "-i"],
             "source <(furrow completion bash); source <(furrow-edge completion bash)"),
    "zsh": (["zsh", "-f", "-i"],
            "autoload -U compinit && compinit -D -u; source <(furrow completion zsh); "
            "source <(furrow-edge completion zsh)"),
}
# What is typed before Tab, and what stands there after it.
CASES = {
    "furrow tas": "furrow tasks ",
    "furrow tasks sc": "furrow tasks scalars ",
    "furrow server --data ./d --api-p": "furrow server --data ./d --api-port ",
    "furrow tasks show abc --js": "furrow tasks show abc --json ",
    "furrow user add ada --ro": "furrow user add ada --role ",
    "furrow completion z": "furrow completion zsh ",
    "furrow-edge det": "furrow-edge detect ",
    "furrow-edge valves pl": "furrow-edge valves play ",
    "furrow-edge sim --seed 1 --no-p": "furrow-edge sim --seed 1 --no-pixels ",
}
PATIENCE = 20


class Terminal:
    def __init__(self, words, environment):
        self._master, slave = pty.openpty()
        self._process = subprocess.Popen(words, stdin=slave, stdout=slave, stderr=slave,
                                         env=environment, start_new_session=True)
        os.close(slave)
        self.seen = ""

    def type(self, text):
        os.write(self._master, text.encode())

    def wait(self, pattern):
        """What matches `pattern` in what the terminal shows; None after a while."""
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            if found := re.search(pattern, self.seen):
                self.seen = self.seen[found.end():]
                return found
            if select.select([self._master], [], [], 0.2)[0]:
                self.seen += os.read(self._master, 65536).decode(errors="replace")
        return None

    def close(self):
        self._process.kill()
        self._process.wait()
        os.close(self._master)


def complete(shell, program):
    """{typed: what Tab made of it} for each case."""
    words, script = SHELLS[shell]
    environment = {"PATH": os.path.dirname(os.path.abspath(program)) + ":/usr/bin:/bin",
                   "TERM": "dumb", "HOME": "/nonexistent", "PS1": "", "LANG": "C.UTF-8"}
    terminal = Terminal(words, environment)
    out = {}
    try:
        terminal.type(f"PS1=; {script}; echo load''ed\n")
        if not terminal.wait("loaded"):
            return {typed: f"no {shell}: {terminal.seen[-300:]}" for typed in CASES}
        for typed in CASES:
            # The line itself is shown as it is edited; printed, it is told from that.
            terminal.type(f"{typed}\t")
            time.sleep(1)
            terminal.type("\x01echo '<\x05>'\n")
            found = terminal.wait(r"\n<([^\r\n]*)>\r")
            out[typed] = found[1] if found else f"nothing: {terminal.seen[-200:]!r}"
    finally:
        terminal.close()
    return out


def wrong(program):
    """One line for each completion that is not as it should be."""
    lines = []
    for shell in SHELLS:
        for typed, got in complete(shell, program).items():
            if got.rstrip() != CASES[typed].rstrip():  # zsh takes the last blank back
                lines.append(f"{shell}: {typed!r} became {got!r}")
    return lines
