# SPDX-License-Identifier: Apache-2.0
"""Which shared libraries a program needs, where they are, and whose they are.

Reads ELF files with readelf, which knows foreign architectures too, and never runs them.
"""
import os
import re
import subprocess

# Part of the C library: a program takes these from the system it runs on, or all of them with it.
GLIBC = {"libc.so.6", "libm.so.6", "libpthread.so.0", "libdl.so.2", "librt.so.1",
         "libresolv.so.2", "ld-linux-x86-64.so.2", "ld-linux-aarch64.so.1"}

LOADERS = {"amd64": "/lib64/ld-linux-x86-64.so.2", "arm64": "/lib/ld-linux-aarch64.so.1"}
TRIPLETS = {"amd64": "x86_64-linux-gnu", "arm64": "aarch64-linux-gnu"}


def folders(arch, sysroot):
    triplet = TRIPLETS[arch]
    return [f"{sysroot}/{top}/{triplet}" for top in ("usr/lib", "lib")] + [f"{sysroot}/usr/lib"]


def needed(path):
    """The names in the DT_NEEDED entries of one file."""
    text = subprocess.run(["readelf", "-d", path], check=True, stdout=subprocess.PIPE,
                          universal_newlines=True).stdout
    return re.findall(r"\(NEEDED\).*\[(.+)\]", text)


def find(name, where):
    for folder in where:
        path = os.path.join(folder, name)
        if os.path.exists(path):
            return os.path.realpath(path)
    raise SystemExit(f"package: {name} is in none of {' '.join(where)}")


def closure(program, arch, sysroot=""):
    """{name: file} of everything the program needs, directly or not, glibc included."""
    where = folders(arch, sysroot)
    found, waiting = {}, needed(program)
    while waiting:
        name = waiting.pop()
        if name in found:
            continue
        found[name] = find(name, where)
        waiting += needed(found[name])
    return found


def owner(path):
    """(package, version) of Debian that a file of this machine belongs to, or None."""
    for name in (path, path.replace("/usr/lib/", "/lib/", 1)):
        answer = subprocess.run(["dpkg-query", "-S", name], stdout=subprocess.PIPE,
                                stderr=subprocess.DEVNULL, universal_newlines=True)
        if answer.returncode != 0:
            continue
        package = answer.stdout.split(": ")[0].split(",")[0].split(":")[0]
        version = subprocess.run(["dpkg-query", "-W", "-f", "${Version}\n", package],
                                 check=True, stdout=subprocess.PIPE,
                                 universal_newlines=True).stdout.splitlines()[0]
        return package, version
    return None
