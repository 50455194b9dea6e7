# SPDX-License-Identifier: Apache-2.0
"""Rules of the source that a running server cannot show."""

import pathlib
import re
import shutil
import subprocess

from world import HERE, ROOT

# Who may open a connection: the client side, and the Unix socket of `furrow user`.
MAY_CONNECT = {"src/http/client.cc", "src/http/test_support.cc", "src/admin/socket.cc"}
MAY_USE_CLIENT = ("src/http/", "src/client/", "src/cli/", "src/device/")
# Who may open files by a name it was given: none of these names comes from a request.
MAY_OPEN = {"src/store/blobs/", "src/store/kv/", "src/auth/private_file.cc", "src/admin/",
            "src/platform/", "src/client/", "src/http/test_support.cc", "src/http/certificate.cc",
            "src/cli/", "src/base/", "src/bundle/",
            "src/convert/", "src/edge/", "src/infer/",  # paths are those of a command line
            "src/device/"}  # ... and of a folder of its own; names in bundles are checked
# furrow-edge: its valves' guard is a copy of itself, and ffmpeg reads videos. furrow-device looks
# after furrow-edge. Commands: converters, and a tractor at a desk. The server starts nothing.
MAY_FORK = ["src/agent/", "src/edge/actuate/guard.cc", "src/edge/capture/video_source.cc",
            "src/device/agent/edge_process.cc", "src/convert/process.cc",
            "src/cli/tractor_command.cc"]
# ONNX Runtime is loaded by name, when a network is asked for.
MAY_LOAD = ["src/admin/", "src/infer/library.cc"]


def run(world, report, full):
    compile_fail(report)
    ours = re.compile(r"_(test|fuzz|bench|fixture)$|^test_")
    sources = {str(p.relative_to(ROOT)): p.read_text()
               for p in sorted((ROOT / "src").rglob("*")) + sorted((ROOT / "apps").rglob("*"))
               if p.suffix in (".cc", ".h") and not ours.search(p.stem)}
    report.ok("the sources were found", len(sources) > 200, len(sources))

    def nowhere(what, pattern, but=()):
        found = [name for name, text in sources.items()
                 if re.search(pattern, code(text)) and not name.startswith(tuple(but))]
        report.ok(what, not found, found)

    nowhere("no shell is started", r"(?<![\w.>:])(system|popen|wordexp)\s*\(|/bin/sh")
    nowhere("no program is started", r"\b(exec[lv]p?e?|posix_spawnp?|fork|vfork)\s*\(", MAY_FORK)
    nowhere("no backtracking expressions", r"#include\s*<regex>|boost/regex|pcre")
    nowhere("no connection goes out", r"(?<![\w.>])(::)?connect\s*\(|async_connect", MAY_CONNECT)
    nowhere("no HTTP client in the server", r'#include "http/client\.h"', MAY_USE_CLIENT)
    nowhere("files are opened where they are meant to be",
            r"(?<!\w)::open(at)?\(|\bfopen\(|[io]fstream\b(?!\(\"/proc/)"
            r"|\bfilesystem::(remove|rename|copy)", MAY_OPEN)
    nowhere("no archive is unpacked", r"libarchive|archive_read|minizip|unzOpen|<zip\.h>|libtar")
    nowhere("nothing is deserialised into code", r"\bdlopen\s*\(|pickle|marshal", MAY_LOAD)
    bin_folder = pathlib.Path(world.binary).parent
    held = [(bin_folder / name).read_bytes() for name in ("furrow", "furrow-edge")]
    # `furrow convert` judges networks as furrow-edge does; what drives a machine is not in it.
    for kind in (b"N6furrow4edge8ValveBusE", b"N6furrow4edge11FrameSourceE"):
        report.same(f"what is a {kind.decode()}", [kind in one for one in held], [False, True])
    beneath = sources["src/store/blobs/path.cc"]
    report.ok("the one helper asks the kernel to stay beneath",
              "RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS" in beneath)


def code(text):
    """Without comments and includes of the standard library."""
    return re.sub(r"//[^\n]*|#include\s*<fstream>", "", text)


def compile_fail(report):
    """A route that names its permission compiles, the same one without does not."""
    compiler = shutil.which("g++-12") or shutil.which("g++") or shutil.which("clang++-16")
    if compiler is None:
        report.ok("a compiler is there", False)
        return
    base = [compiler, "-std=c++20", "-fsyntax-only", "-I", str(ROOT / "src")]
    for name, wanted in (("route_with_policy.cc", True), ("route_without_policy.cc", False),
                         ("route_without_policy_named.cc", False)):
        made = subprocess.run(base + [str(HERE / "compile_fail" / name)], capture_output=True,
                              text=True, timeout=120)
        report.same(f"{name} compiles", made.returncode == 0, wanted)
        if not wanted:
            report.ok(f"{name} fails for that reason", "Policy" in made.stderr, made.stderr)
