# SPDX-License-Identifier: Apache-2.0
"""What `tests/device/offline` is made of: a disk that loses power, a link that breaks, and a
tractor whose days are other ones than those of this machine."""

import fcntl
import os
import pathlib
import random
import shutil
import signal
import socket
import struct
import subprocess
import threading
import time
import zlib

import kit

FS_IOC_SHUTDOWN, WITHOUT_LOG = 0x8004587D, 2
FAKETIME = pathlib.Path("/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1")


class CannotRun(Exception):
    """For a reason outside the code."""


def must(*words):
    done = subprocess.run(list(map(str, words)), capture_output=True, text=True)
    if done.returncode != 0:
        raise CannotRun(f"{words[0]}: {done.stderr.strip()}")
    return done.stdout


class Disk:
    """A file system of its own in a file. A cut drops all that the kernel has not written yet, as
    the loss of power does: the file system is told to stop without even writing its journal's end
    (FS_IOC_SHUTDOWN), and what is found at the next mount is what its journal can make of it."""

    def __init__(self, folder, megabytes):
        self.image, self.place = folder / "disk.ext4", folder / "disk"
        self.place.mkdir()
        with open(self.image, "wb") as file:
            file.truncate(int(megabytes * 1e6))
        must("mkfs.ext4", "-q", "-m", "0", "-b", "1024", self.image)
        self.mount()

    def mount(self):
        """Of a copy: wherever else on this machine a mount of the old one lives on, it stays as
        the cut left it, and so would a second mount of the same file."""
        fresh = self.image.with_suffix(".new")
        must("cp", "--sparse=always", self.image, fresh)
        fresh.rename(self.image)
        must("mount", "-o", "loop", self.image, self.place)

    def cut(self):
        folder = os.open(self.place, os.O_RDONLY)
        try:
            fcntl.ioctl(folder, FS_IOC_SHUTDOWN, struct.pack("I", WITHOUT_LOG))
        finally:
            os.close(folder)

    def stop_all(self):
        """Whoever works in it: a power cut spares nobody, `furrow-edge select` for one."""
        for process in pathlib.Path("/proc").glob("[0-9]*"):
            try:
                if self.place in pathlib.Path(os.readlink(process / "cwd")).parents:
                    os.kill(int(process.name), signal.SIGKILL)
            except OSError:
                pass

    def unmount(self):
        end = time.monotonic() + 10
        self.stop_all()
        while subprocess.run(["umount", self.place], capture_output=True).returncode != 0:
            if time.monotonic() > end:
                subprocess.run(["umount", "-l", self.place], check=False)
                raise RuntimeError("something still uses the disk")
            time.sleep(0.02)

    def free(self):
        about = os.statvfs(self.place)
        return about.f_bavail * about.f_frsize

    def fill(self, leave):
        """With what is none of the tractor's, until so many bytes are left."""
        with open(self.place / "ballast", "ab") as out:
            while (more := int(self.free() - leave)) > 4096:
                out.write(os.urandom(min(more - 2048, 1 << 20)))
                out.flush()
                os.fsync(out.fileno())


class Link:
    """Between the tractor and one port of the server. It can be down, and lose answers: what was
    asked arrives, what is said to it does not."""

    def __init__(self, url):
        host, port = url.removeprefix("http://").split(":")
        self.to, self.down, self.lose = (host, int(port)), False, 0.0
        self.lost, self.draws = 0, random.Random(5)
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.listener.getsockname()[1]}"
        self.open = set()
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                near, _ = self.listener.accept()
            except OSError:
                return
            if self.down:
                near.close()
                continue
            try:
                far = socket.create_connection(self.to, timeout=20)
            except OSError:
                near.close()
                continue
            pair = (near, far)
            self.open.add(pair)
            for words in ((near, far, False, pair), (far, near, True, pair)):
                threading.Thread(target=self.carry, args=words, daemon=True).start()

    def carry(self, source, to, answers, pair):
        try:
            while piece := source.recv(1 << 16):
                if self.down:
                    break
                if answers and self.draws.random() < self.lose:
                    self.lost += 1
                    break
                to.sendall(piece)
        except OSError:
            pass
        self.open.discard(pair)
        for one in pair:
            try:
                one.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
            one.close()

    def cut(self, down=True):
        self.down = down
        for pair in list(self.open) if down else ():
            for one in pair:
                try:
                    one.shutdown(socket.SHUT_RDWR)
                except OSError:
                    pass

    def close(self):
        self.cut()
        self.listener.close()


def photographs(folder, draws):
    """A leaf that comes nearer at a metre a second, then ground. Of each picture the leaf has
    another size, so that images differ in value, and a grain that no compression takes away."""
    for old in folder.glob("*.png"):
        old.unlink()
    for i in range(32):
        rows = [bytearray(draws.randbytes(3 * kit.WIDTH)) for _ in range(kit.HEIGHT)]
        for row in rows:
            for at in range(0, len(row), 3):
                for channel in range(3):
                    row[at + channel] = kit.net.SOIL[channel] + row[at + channel] % 8
        if i < 15:
            wide = 4 + draws.randrange(14)
            for y in range(6 * i, 6 * i + 12):
                rows[y][3 * (64 - wide) : 3 * (64 + wide)] = bytes(kit.net.RED_LEAF) * (2 * wide)
        chunk = lambda kind, data: (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )
        head = struct.pack(">IIBBBBB", kit.WIDTH, kit.HEIGHT, 8, 2, 0, 0, 0)
        body = zlib.compress(b"".join(b"\0" + bytes(row) for row in rows), 1)
        (folder / f"{i:02}.png").write_bytes(
            b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", body) + chunk(b"IEND", b"")
        )


def ring(path):
    """Events that stand in an edge link (docs/formats/edge-link.md), each as (number, epoch, at,
    kind, text)."""
    data = path.read_bytes() if path.exists() else b""
    if len(data) != 78080:
        return []
    said = struct.unpack_from("<Q", data, 640)[0]
    events = []
    for number in range(max(0, said - 256), said):
        at = 768 + number % 256 * 256
        own, kind, crc = struct.unpack_from("<QII", data, at)
        head = kit.crc32c(data[at : at + 12])
        if own != number or crc != kit.crc32c(data[at + 16 : at + 256], head):
            continue
        epoch, when = struct.unpack_from("<Qq", data, at + 16)
        text = data[at + 64 : at + 256].split(b"\0")[0].decode()
        events.append((number, epoch, when, kind, text))
    return events


ALARM = 5


class Days(kit.Tractor):
    """A tractor whose wall clock is some days off and whose other clock begins anew at each start,
    as that of a machine that was off. The former is libfaketime's, the latter the kernel's own."""

    def start(self, days=0.0, log=None):
        up = 20 + random.randrange(40)
        passed = int(time.clock_gettime(time.CLOCK_MONOTONIC)) - up
        environment = {
            **os.environ,
            "LD_PRELOAD": str(FAKETIME),
            "FAKETIME": f"{int(days * 86400):+d}s",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
            "NO_FAKE_STAT": "1",
        }
        namespace = ["unshare", "--time", "--monotonic", -passed, "--boottime", -passed, "--fork"]
        command = [*namespace, "--kill-child", self.bins / "furrow-device", "run", self.folder]
        with open(log, "a") as out:
            self.process = subprocess.Popen(
                list(map(str, command)), stdout=out, stderr=out, env=environment
            )
        self.passed = passed

    def now(self):
        """By the clock of the tractor since its start, in nanoseconds."""
        return time.clock_gettime_ns(time.CLOCK_MONOTONIC) - self.passed * 1_000_000_000

    def device_pid(self):
        """Of the program itself, which `unshare` has started."""
        for path in pathlib.Path("/proc").glob("[0-9]*/stat"):
            try:
                if int(path.read_text().rsplit(")", 1)[1].split()[1]) == self.process.pid:
                    return int(path.parent.name)
            except (OSError, IndexError):
                pass
        return None

    def kill(self):
        if pid := self.device_pid():
            try:
                os.kill(pid, signal.SIGKILL)
            except OSError:
                pass
        self.process.kill()
        self.process.wait()

    def stop(self):
        if self.process is None or self.process.poll() is not None:
            return
        if pid := self.device_pid():
            os.kill(pid, signal.SIGTERM)
        try:
            self.process.wait(timeout=40)
        except subprocess.TimeoutExpired:
            self.kill()
        self.kill_edge()

    def freeze(self, seconds):
        """furrow-edge gets no time for so long: its valves' lease runs out, which is an alarm."""
        if pid := self.edge_pid():
            try:
                os.kill(pid, signal.SIGSTOP)
                time.sleep(seconds)
                os.kill(pid, signal.SIGCONT)
            except OSError:
                pass


class Archive:
    """Copies of the tractor's logs, kept off its disk: what each of them held in the end."""

    def __init__(self, folder, logs):
        self.folder, self.logs = folder, logs
        folder.mkdir()

    def take(self, open_one=False):
        """All that are over; the newest one, too, when nobody writes it any more."""
        names = sorted(p.name for p in self.logs.iterdir()) if self.logs.exists() else []
        for name in names if open_one else names[:-1]:
            to = self.folder / name
            if not open_one and to.exists():
                continue
            fresh = self.folder / f"{name}.new"
            shutil.rmtree(fresh, ignore_errors=True)
            try:
                shutil.copytree(self.logs / name, fresh)
            except (shutil.Error, OSError):
                continue  # it is being taken away
            if to.exists():
                before = self.folder / f"{name}.before"
                if before.exists():
                    shutil.rmtree(to)
                else:
                    to.rename(before)
            fresh.rename(to)

    def names(self):
        return sorted(p.name for p in self.folder.iterdir() if p.is_dir() and len(p.name) == 6)
