# SPDX-License-Identifier: Apache-2.0
"""Data directories that earlier versions left behind, opened by today's server.

store/<version>.tar.xz holds directories `clean` (stopped as an operator does) and `killed` (the same
one, written to once more and then killed). store/<version>.<directory>.case says what they answer.
"""

import os
import pathlib
import tarfile

from harness.server import Server, ServerFailed

from .case import Runner

FOLDER = pathlib.Path(__file__).resolve().parent.parent / "store"
ARCHIVE_BYTES_MAX = 300_000


def run(binary, folder, tally):
    archives = sorted(FOLDER.glob("*.tar.xz"))
    if not archives:
        tally.note("store", "there is no golden store")
    for archive in archives:
        version = archive.name.removesuffix(".tar.xz")
        if archive.stat().st_size > ARCHIVE_BYTES_MAX:
            tally.note(f"store/{version}", f"larger than {ARCHIVE_BYTES_MAX} bytes")
        for directory in ("clean", "killed"):
            name = f"store/{version}.{directory}"
            if tally.wants(name):
                cases = [FOLDER / f"{version}.{which}.case" for which in ("both", directory)]
                where = os.path.join(folder, f"{version}.{directory}")
                tally.note(name, _open(binary, archive, directory, where, cases))


def _open(binary, archive, directory, where, cases):
    """Twice: what the first opening wrote must be readable too."""
    os.makedirs(where)
    with tarfile.open(archive) as packed:
        members = [m for m in packed.getmembers() if m.name.split("/")[0] == directory]
        for member in members:
            member.name = "/".join(["data", *member.name.split("/")[1:]])
        packed.extractall(where, members)
    server = Server(binary, where)
    for opening in ("first", "second"):
        try:
            server.start()
            for case in cases:
                problem = Runner(server).run(case)
                if problem:
                    return f"{opening} opening: {case.name} {problem}"
        except ServerFailed as error:
            return f"{opening} opening: {error}: {' | '.join(server.log_tail(3))}"
        finally:
            code = server.stop()
        if code != 0:
            return f"exit code {code} after the {opening} opening"
    return None
