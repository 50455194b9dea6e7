# SPDX-License-Identifier: Apache-2.0
"""A machine of its own, booted by systemd from this machine's files: what it changes goes into
memory and is gone with it. It has no network but its own loopback."""

import os
import pathlib
import re
import shutil
import signal
import subprocess
import time

BOOT_SECONDS = 60
# Where whoever types stands at first.
HOME = "/srv"

# Services of this machine are no part of the other one, nor what is to be installed there.
BOOT = r"""
set -e
mount -t tmpfs -o size=3G tmpfs "$1"
mkdir "$1/upper" "$1/work" "$1/root"
mount -t overlay overlay -o "lowerdir=/,upperdir=$1/upper,workdir=$1/work" "$1/root"
cd "$1/root"
rm -rf etc/systemd/system/*.wants etc/systemd/system/furrow* opt/furrow etc/furrow var/lib/furrow \
  var/backups/furrow* var/log/furrow usr/local/bin/furrow tmp/* srv/*
sed -i '/^furrow:/d' etc/passwd etc/group etc/shadow etc/gshadow
: >etc/machine-id
echo '127.0.0.1 localhost furrow.example' >etc/hosts
shift
exec systemd-nspawn --quiet --directory=. --boot --register=no --keep-unit --private-network \
  --machine=furrow-operations "$@"
"""


class CannotBoot(Exception):
    """Not here: no root, no overlay, no systemd."""


class Failed(Exception):
    pass


class Machine:
    def __init__(self, folder, binds=()):
        """`binds` are folders that it sees as they are; it may write into `folder`/shared."""
        self.place = os.path.join(folder, "machine")
        self.shared = os.path.join(folder, "shared")
        self._log = os.path.join(folder, "boot.log")
        os.makedirs(self.place)
        os.makedirs(self.shared, exist_ok=True)
        self._binds = [f"--bind={self.shared}", *(f"--bind-ro={one}" for one in binds)]
        self._nspawn = None
        self._leader = None

    def start(self):
        if os.geteuid() != 0 or not shutil.which("systemd-nspawn"):
            raise CannotBoot("booting a machine needs root and systemd-nspawn")
        with open(self._log, "wb") as log:
            self._nspawn = subprocess.Popen(
                ["unshare", "--mount", "bash", "-c", BOOT, "boot", self.place, *self._binds],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True)
        deadline = time.monotonic() + BOOT_SECONDS
        while time.monotonic() < deadline and self._nspawn.poll() is None:
            if self._find_leader():
                state = self.run("systemctl is-system-running", check=False)[1].split()
                if state and state[-1] in ("running", "degraded"):
                    return
            time.sleep(0.2)
        said = pathlib.Path(self._log).read_text(errors="replace")[-600:]
        self.stop()
        raise CannotBoot(f"systemd does not boot here: {said}")

    def _find_leader(self):
        """The first process of the machine."""
        children = pathlib.Path(f"/proc/{self._nspawn.pid}/task/{self._nspawn.pid}/children")
        for child in children.read_text().split():
            try:
                name = pathlib.Path(f"/proc/{child}/comm").read_text().strip()
            except OSError:
                continue
            if name in ("systemd", "init"):
                self._leader = child
        return self._leader is not None

    def words(self, script, cwd=HOME, options="-eux -o pipefail"):
        return ["nsenter", "--all", "--target", self._leader, "env", "-i",
                "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", f"HOME={HOME}",
                "LANG=C.UTF-8", "SYSTEMD_PAGER=", "bash", "-c",
                f"cd {cwd}; set {options}\n{script}"]

    def run(self, script, cwd=HOME, check=True, timeout=300):
        """(exit status, output) of a script typed by root."""
        done = subprocess.run(self.words(script, cwd), stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              universal_newlines=True, errors="replace", timeout=timeout)
        if check and done.returncode != 0:
            raise Failed(f"exit status {done.returncode}:\n{done.stdout[-3000:]}")
        return done.returncode, done.stdout

    def until_interrupted(self, script, cwd=HOME):
        """Types what stays in the foreground: a context in which a server runs."""
        return Foreground(self, script, cwd)

    def stop(self):
        if self._nspawn is None:
            return
        if self._nspawn.poll() is None:
            if self._leader:  # as its console would ask it to power off
                subprocess.run(self.words("systemctl poweroff --force", options=""),
                               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=60)
            try:
                self._nspawn.wait(30)
            except subprocess.TimeoutExpired:
                os.killpg(self._nspawn.pid, signal.SIGKILL)
                self._nspawn.wait()
        self._nspawn = None


class Foreground:
    """A server in somebody's terminal: started on entering, ended by Ctrl-C on leaving."""

    def __init__(self, machine, script, cwd):
        self._machine, self._script, self._cwd = machine, script, cwd
        self._path = os.path.join(machine.shared, "foreground.log")

    def text(self):
        return pathlib.Path(self._path).read_text(errors="replace")

    def __enter__(self):
        # A session of its own, so that one signal reaches what a terminal's Ctrl-C would.
        script = os.path.join(self._machine.shared, "foreground.sh")
        pathlib.Path(script).write_text(f"echo $$ >{script}.pid\n{self._script}")
        words = self._machine.words(f"exec setsid --wait bash -e {script}", self._cwd, "-eu")
        with open(self._path, "wb") as out:
            self._process = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=out,
                                             stderr=subprocess.STDOUT)
        deadline = time.monotonic() + 60
        while "is running" not in self.text():
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise Failed(f"no server came up:\n{self.text()[-2000:]}")
            time.sleep(0.1)
        return self

    def urls(self):
        return dict(re.findall(r"^  (web|api|files) +(\S+)$", self.text(), re.M))

    def __exit__(self, kind, *_):
        pid = os.path.join(self._machine.shared, "foreground.sh.pid")
        self._machine.run(f"kill -INT -- -$(cat {pid})", check=False)
        try:
            code = self._process.wait(30)
        except subprocess.TimeoutExpired:
            self._process.kill()
            code = self._process.wait()
        if kind is None and code not in (0, 130):
            raise Failed(f"Ctrl-C: exit status {code}")
