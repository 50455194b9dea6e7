# SPDX-License-Identifier: Apache-2.0
"""What of ours does open an archive takes regular files and folders only, within bounds: the
unpacker of our packages, and restore, which makes a directory out of a backup that somebody may
have changed."""

import gzip
import hashlib
import io
import json
import os
import pathlib
import resource
import shutil
import signal
import stat
import subprocess
import sys
import tarfile

import archive_corpus
from world import ROOT, World

sys.path.insert(0, str(ROOT / "tools/package"))
import archive  # noqa: E402
import extract  # noqa: E402

SECONDS = 60
CHILD_MEMORY = 512 << 20  # a manifest is read whole
CANARY = b"CANARY-beside-the-archives"
# Harmless once it was made a plain file: the sticky bit is dropped.
HARMLESS = {"tar-mode-1777.tar"}


def run(world, report, full):
    jail = os.path.join(world.folder, "unpacking")
    os.makedirs(jail)
    packages(report, os.path.join(jail, "packages"))
    images(report, os.path.join(jail, "images"))
    backups(world, report, os.path.join(jail, "backups"))
    odd_files(world, report, os.path.join(jail, "odd"))


def contained(folder, out):
    """What is wrong with what lies below `folder`: all of it must be plain and below `out`."""
    wrong, left = [], [folder]
    while left:
        for path in (entry.path for entry in os.scandir(left.pop())):
            about = os.lstat(path)
            plain = stat.S_ISREG(about.st_mode) or stat.S_ISDIR(about.st_mode)
            inside = path == out or path.startswith(out + "/") or out.startswith(path + "/")
            if not plain or not inside or about.st_mode & 0o6000 or (
                    stat.S_ISREG(about.st_mode) and about.st_nlink > 1):
                wrong.append((path, oct(about.st_mode)))
            if stat.S_ISDIR(about.st_mode):
                left.append(path)
    return wrong


# -- our packages --------------------------------------------------------------------------------


def attempt(raw, jail, **more):
    """(why it was refused or "", what is wrong with what it left)"""
    os.makedirs(jail)
    out = os.path.join(jail, "deep/er/out")
    try:
        extract.unpack(raw, out, **more)
        why = ""
    except extract.Refused as error:
        why = str(error) or "?"
    return why, contained(jail, out)


def packages(report, jail):
    regular, folder = tarfile.REGTYPE, tarfile.DIRTYPE
    good = archive_corpus.tar_of(("a", folder, "", 0o755), ("a/run", regular, b"#!", 0o755),
                                 ("b/c/text", regular, b"text" * 1000, 0o640))
    why, wrong = attempt(good, f"{jail}/good")
    run_file, text = (pathlib.Path(f"{jail}/good/deep/er/out/{name}") for name in
                      ("a/run", "b/c/text"))
    report.ok("a plain tar file is unpacked", not why and not wrong and
              run_file.stat().st_mode & 0o777 == 0o755 and text.read_bytes() == b"text" * 1000,
              (why, wrong))
    for name, raw in archive_corpus.tars():
        why, wrong = attempt(raw, f"{jail}/{name}")
        report.ok(f"{name} is refused", bool(why) != (name in HARMLESS), why)
        report.same(f"{name} leaves nothing but plain files inside", wrong, [])
        why, wrong = attempt(raw, f"{jail}/{name}.links", links_left_out=True)
        report.same(f"{name} without its links leaves nothing but plain files inside", wrong, [])
    many = archive_corpus.tar_of(*((f"{n}", regular, b"", 0o644) for n in range(10_001)))
    why, wrong = attempt(many, f"{jail}/many")
    report.ok("10,001 entries are refused", "entries" in why, why)
    lying = archive_corpus.tar_of(("a", regular, bytes(4 << 20), 0o644))
    why, wrong = attempt(lying, f"{jail}/large", limits=extract.Limits(bytes=3 << 20))
    report.ok("more than the bound is refused", "bytes" in why, why)
    for name, raw in archive_corpus.streams():
        if name.endswith("gz") and name != "named.gz":
            before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
            try:
                extract.inflated(raw)
                why = ""
            except extract.Refused as error:
                why = str(error)
            report.ok(f"{name} is refused for its ratio", "come out" in why, why)
            grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) << 10
            report.ok(f"{name} is not unpacked first", grown < 3 << 30, grown)
    for what, raw in (("cut", gzip.compress(b"x" * 1000)[:-9]), ("garbage", b"\x1f\x8bgarbage")):
        try:
            extract.inflated(raw)
            refused = False
        except (extract.Refused, OSError, ValueError, extract.zlib.error):
            refused = True
        report.ok(f"a {what} gzip file is refused", refused)


def image_of(layer, change=lambda files: None):
    """An OCI image with any layer, its files changed at will."""
    raw = archive.oci_image(layer, archive.gzipped(layer), "amd64", "2026-01-01T00:00:00+00:00",
                            {}, "furrow:test")
    files = {}
    with tarfile.open(fileobj=io.BytesIO(raw)) as tar:
        for member in tar:
            if member.isreg():
                files[member.name] = tar.extractfile(member).read()
    change(files)
    members = [(name, *(what if isinstance(what, tuple) else (tarfile.REGTYPE, what)), 0o644)
               for name, what in files.items()]
    return archive_corpus.tar_of(*members)


def images(report, jail):
    def climbs(files):
        index = json.loads(files["index.json"])
        index["manifests"][0]["digest"] = "sha256:../../../../etc/passwd"
        files["index.json"] = json.dumps(index).encode()

    def damaged(files):
        name = max((n for n in files if n.startswith("blobs/")), key=lambda n: len(files[n]))
        files[name] = files[name][:-1] + b"?"

    def link(files):
        files["index.json"] = (tarfile.SYMTYPE, "/etc/passwd")

    good = archive_corpus.tar_of(("etc/passwd", tarfile.REGTYPE, b"ours", 0o644),
                                 ("usr/bin/furrow", tarfile.SYMTYPE, "/opt/furrow", 0o777))
    zeros = archive_corpus.tar_of(("zeros", tarfile.REGTYPE, bytes(64 << 20), 0o644))
    cases = [("good", image_of(good), True), ("a climbing digest", image_of(good, climbs), False),
             ("a damaged layer", image_of(good, damaged), False),
             ("a link for an index", image_of(good, link), False),
             ("a bomb", image_of(zeros), False), ("no image", good, False), ("empty", b"", False)]
    cases += [(name, image_of(raw), name in HARMLESS or "symlink" in name or "through" in name or
               "link-of" in name) for name, raw in archive_corpus.tars()]
    for what, raw, wanted in cases:
        place = os.path.join(jail, what.replace(" ", "-"))
        os.makedirs(place)
        path, out = os.path.join(place, "image.tar"), os.path.join(place, "deep/er/out")
        pathlib.Path(path).write_bytes(raw)
        done = subprocess.run([sys.executable, str(ROOT / "tools/package/unpack.py"), path, out],
                              capture_output=True, text=True, timeout=SECONDS)
        os.unlink(path)
        report.ok(f"an image: {what}", (done.returncode == 0) == wanted and
                  "Traceback" not in done.stderr, (done.returncode, done.stderr[-200:]))
        report.same(f"an image leaves only plain files inside: {what}", contained(place, out), [])


# -- backups -------------------------------------------------------------------------------------


# A child's memory counts what its parent had when it was started: a small parent it is.
MEASURED = ("import resource, subprocess, sys; code = subprocess.call(sys.argv[1:]); "
            "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss); sys.exit(code & 255)")


def command(world, *arguments):
    """(exit status or None when it had to be killed, bytes of memory, text)"""
    child = subprocess.Popen([sys.executable, "-I", "-S", "-c", MEASURED, world.binary, *arguments],
                             stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                             stderr=subprocess.STDOUT, text=True, errors="replace",
                             start_new_session=True, env=world.guard.environment())
    try:
        text = child.communicate(timeout=world.seconds_max * 3)[0]
    except subprocess.TimeoutExpired:
        os.killpg(child.pid, signal.SIGKILL)
        child.communicate()
        return None, 0, ""
    text, _, memory = text.rstrip("\n").rpartition("\n")
    return child.returncode, int(memory) << 10, text


def sealed(lines):
    body = "".join(json.dumps(line) + "\n" for line in lines).encode()
    seal = {"files": len(lines) - 1, "sha256": hashlib.sha256(body).hexdigest()}
    return body + json.dumps(seal).encode() + b"\n"


class Copy:
    """A backup to be changed: its files' lines, and the object of one of them."""

    def __init__(self, source, folder):
        shutil.copytree(source, folder)
        self.folder = folder
        self.manifest = os.path.join(folder, "generations/000001.jsonl")
        with open(self.manifest) as file:
            self.lines = [json.loads(line) for line in file][:-1]
        self.file = next(line for line in self.lines[1:] if line["path"].startswith("files/"))
        self.object = os.path.join(folder, "objects", self.file["sha256"][:2], self.file["sha256"])

    def save(self):
        pathlib.Path(self.manifest).write_bytes(sealed(self.lines))

    def replace(self, path, make):
        os.unlink(path)
        make(path)


def changes():
    """(what, change of a Copy)"""
    def line(**fields):
        return lambda copy: (copy.file.update(fields), copy.save())

    for path in ("../climbed", "../../climbed", "/tmp/climbed", "files/../../climbed", "files//x",
                 "", ".", "..", "files/.", "files/a\0b", "restore-incomplete", "files/x/",
                 "a/" * 3000 + "x", "x" * 300, "secrets.json/x"):
        yield f"the path {path[:30]!r}", line(path=path)
    for size in (-1, 1 << 62, (1 << 63) - 1, 1e300, "5", None, 0, 1, 1 << 40):
        yield f"the size {size!r}", line(size=size)
    for digest in ("../../../../etc/passwd", "A" * 64, "a" * 63, "", "a" * 64, 5):
        yield f"the checksum {digest!r:.30}", line(sha256=digest)

    def add(**fields):
        return lambda copy: (copy.lines.append({**copy.file, **fields}), copy.save())

    yield "a name twice", add()
    yield "a file as a folder", lambda copy: add(path=copy.file["path"] + "/x")(copy)
    yield "a folder as a file", add(path="files")
    yield "no room for it", lambda copy: [copy.lines.append(
        {**copy.file, "path": f"files/{n}", "size": 1 << 50}) for n in range(100)] and copy.save()
    yield "200,000 names of one object, all the same", lambda copy: (
        copy.lines.extend([copy.file] * 200_000), copy.save())
    for what, make in (("a pipe", os.mkfifo), ("a folder", os.mkdir),
                       ("a link to zeros", lambda path: os.symlink("/dev/zero", path)),
                       ("a link", lambda path: os.symlink("/etc/passwd", path)),
                       ("a device", lambda path: os.mknod(path, 0o600 | stat.S_IFCHR,
                                                          os.makedev(1, 5)))):
        if what == "a device" and os.geteuid() != 0:
            continue
        for where in ("object", "manifest"):
            yield f"{what} for its {where}", lambda copy, make=make, where=where: copy.replace(
                getattr(copy, where), make)
        yield f"{what} for its mark", lambda copy, make=make: copy.replace(
            os.path.join(copy.folder, "backup.json"), make)
    yield "a deep line", lambda copy: pathlib.Path(copy.manifest).write_bytes(
        b"[" * 10_000_000 + b"\n")


def backups(world, report, jail):
    world.upload("unpacking/file.bin", b"content of a file", world.tokens["user"])
    os.makedirs(jail)
    source = os.path.join(jail, "source")
    # Of a server of its own size; that of the parts before would only be slow to copy.
    small = World(world.binary, os.path.join(jail, "small"))
    small.start()
    small.upload("unpacking/file.bin", b"content of a file", small.tokens["user"])
    made = command(small, "backup", source, "--data", small.data)
    report.same("the small server ends in order", small.stop(), 0)
    report.same("a backup is made", made[0], 0)
    shutil.rmtree(small.folder)
    out = os.path.join(jail, "good/out")
    report.same("it restores as it is", command(world, "restore", source, "--data", out)[0], 0)
    for index, (what, change) in enumerate(changes()):
        place = os.path.join(jail, str(index))
        os.makedirs(place)
        copy = Copy(source, os.path.join(jail, "copy"))
        change(copy)
        out = os.path.join(place, "deep/er/out")
        status, memory, text = command(world, "restore", copy.folder, "--data", out)
        report.same(f"a backup with {what} does not restore", (status, len(text.splitlines())),
                    (1, 1))
        report.ok(f"and it costs little: {what}", memory < CHILD_MEMORY, memory)
        report.same(f"and it leaves only plain files inside: {what}", contained(place, out), [])
        left = os.listdir(out) if os.path.isdir(out) else []
        report.ok(f"and what is left does not open: {what}",
                  not left or "restore-incomplete" in left, left)
        for how in ("--verify", "--list"):
            status, memory, text = command(world, "backup", copy.folder, how)
            report.ok(f"{how} of a backup with {what}", status in (0, 1, 2) and
                      memory < CHILD_MEMORY, (status, memory, text[-200:]))
        shutil.rmtree(copy.folder)
        shutil.rmtree(place)


# -- a data directory in which somebody planted things --------------------------------------------


def odd_files(world, report, jail):
    """Links, pipes and devices among the files: nobody follows, waits for or copies them."""
    os.makedirs(jail)
    there = World(world.binary, os.path.join(jail, "there"))
    there.start()
    there.upload("kept/file.bin", b"kept", there.tokens["user"])
    report.same("it ends in order", there.stop(), 0)
    canary = os.path.join(jail, "canary.txt")
    pathlib.Path(canary).write_bytes(CANARY)
    files = os.path.join(there.data, "files")
    os.symlink(canary, f"{files}/link")
    os.symlink(jail, f"{files}/folder-link")
    os.mkfifo(f"{files}/pipe")
    os.mkfifo(f"{files}/kept/pipe")
    if os.geteuid() == 0:
        os.mknod(f"{files}/device", 0o600 | stat.S_IFCHR, os.makedev(1, 5))
    backup, out = os.path.join(jail, "backup"), os.path.join(jail, "restored/out")
    there.start(users=False)
    try:
        for name in ("link", "folder-link/canary.txt", "pipe", "kept/pipe", "device"):
            for method in ("GET", "HEAD"):
                answer = there.file(method, "/" + name, there.tokens["user"])
                report.ok(f"{method} of {name} finds no file", answer.status in (404, 500) and
                          CANARY not in answer.body, answer)
        for what in (("du",), ("fsck",), ("backup", backup)):
            status, memory, text = command(world, *what, "--data", there.data)
            report.ok(f"{what[0]} beside links and pipes", status in (0, 2) and
                      memory < CHILD_MEMORY and CANARY.decode() not in text, (status, text[-200:]))
        answer = there.file("GET", "/kept/file.bin", there.tokens["user"])
        report.same("what is a file is served", answer.body, b"kept")
    finally:
        report.same("it ends in order again", there.stop(), 0)
    found = [path for path in pathlib.Path(backup).rglob("*")
             if path.is_file() and CANARY in path.read_bytes()]
    report.same("no link was followed into the backup", found, [])
    report.same("it restores", command(world, "restore", backup, "--data", out)[0], 0)
    report.same("to plain files alone", contained(os.path.dirname(out), out), [])
    report.ok("with the file", os.path.exists(f"{out}/files/kept/file.bin"))
