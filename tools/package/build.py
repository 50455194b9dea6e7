#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes the tarball and the OCI images of one architecture out of built programs.

    build.py --program build/release/bin/furrow --arch amd64 --out build/package

furrow-edge lies beside the program, ONNX Runtime in lib/furrow beside their folder.

Nothing is downloaded and nothing is run but readelf, strip and dpkg-query. The same program and the
same machine give the same bytes.
"""
import argparse
import datetime
import hashlib
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import archive  # noqa: E402
import libraries  # noqa: E402

ROOT = pathlib.Path(__file__).resolve().parents[2]
STRIP = {"amd64": "strip", "arm64": "aarch64-linux-gnu-strip"}
DOCUMENTS = ["operations.md", "configuration.md", "differences.md", "dependencies.md",
             "device.md"]
UNITS = ["furrow.service", "furrow-backup.service", "furrow-backup.timer", "furrow-edge.service",
         "furrow-device.service"]
ONNXRUNTIME = "libonnxruntime.so.1"
USER = 10001


def version():
    text = (ROOT / "CMakeLists.txt").read_text()
    return re.search(r"project\([^)]*VERSION\s+([0-9.]+)", text, re.S).group(1)


def commit_time():
    """What all files are dated with: the time of the commit, or SOURCE_DATE_EPOCH."""
    if "SOURCE_DATE_EPOCH" in os.environ:
        return int(os.environ["SOURCE_DATE_EPOCH"])
    answer = subprocess.run(["git", "-C", str(ROOT), "log", "-1", "--format=%ct"],
                            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    return int(answer.stdout or 0)


def stripped(path, arch):
    with tempfile.TemporaryDirectory() as folder:
        out = os.path.join(folder, "out")
        subprocess.run([STRIP[arch], "--strip-unneeded", "-o", out, path], check=True)
        return pathlib.Path(out).read_bytes()


def native_twin(name, path, arch):
    """A foreign library's file on this machine: both are built from one source package."""
    if arch == "amd64" or name.startswith("ld-linux"):
        return path if arch == "amd64" else libraries.find("libc.so.6",
                                                           libraries.folders("amd64", ""))
    return libraries.find(name, libraries.folders("amd64", ""))


class Programs:
    """The programs, ONNX Runtime, and the shared libraries that they need."""

    def __init__(self, program, arch, sysroot):
        self.program = pathlib.Path(program)
        self.edge = self.program.with_name("furrow-edge")
        self.device = self.program.with_name("furrow-device")
        self.networks = self.program.parents[1] / "lib/furrow"
        for path in (self.edge, self.device, self.networks / ONNXRUNTIME):
            if not path.exists():
                raise SystemExit(f"package: {path} is missing: ./x build")
        self.libraries = {}
        for path in (self.program, self.edge, self.device, self.networks / ONNXRUNTIME):
            self.libraries.update(libraries.closure(str(path), arch, sysroot))

    def onnxruntime_version(self):
        text = (ROOT / "tools/onnxruntime.txt").read_text()
        return re.search(r"^onnxruntime==(\S+)", text, re.M).group(1)


def add_licences(tree, top, found, programs, arch):
    """LICENSE, NOTICE, and of each library shipped its package, version and copyright."""
    for name in ("LICENSE", "NOTICE"):
        tree.file(f"{top}/{name}", (ROOT / name).read_bytes())
    packages = {}
    for name, path in found.items():
        owner = libraries.owner(native_twin(name, path, arch))
        if owner is None:
            raise SystemExit(f"package: nobody knows where {path} is from")
        packages.setdefault(owner, []).append(name)
    lines = ["Shared libraries that come with Furrow, unchanged from Debian 12.",
             "Their sources: apt-get source PACKAGE=VERSION. Their licences: beside this file.", ""]
    for (package, package_version), names in sorted(packages.items()):
        lines.append(f"{package} {package_version}: {' '.join(sorted(names))}")
        text = pathlib.Path(f"/usr/share/doc/{package}/copyright")
        if not text.exists():
            raise SystemExit(f"package: the copyright of {package} is missing on this machine")
        tree.file(f"{top}/third-party/{package}.copyright", text.read_bytes())
    lines += ["", f"onnxruntime {programs.onnxruntime_version()}: {ONNXRUNTIME}",
              "Unchanged from the Python package of that name; MIT."]
    for name in ("LICENSE", "NOTICES"):
        content = (programs.networks / f"{name}.onnxruntime").read_bytes()
        tree.file(f"{top}/third-party/onnxruntime.{name}", content)
    tree.file(f"{top}/third-party/SHIPPED.txt", ("\n".join(lines) + "\n").encode())


def program_tree(programs, arch, mtime, with_glibc):
    """What lies below /opt/furrow."""
    tree = archive.Tree(mtime)
    tree.file("bin/furrow", stripped(programs.program, arch), 0o755)
    tree.file("bin/furrow-edge", stripped(programs.edge, arch), 0o755)
    tree.file("bin/furrow-device", stripped(programs.device, arch), 0o755)
    shipped = {n: p for n, p in programs.libraries.items()
               if with_glibc or n not in libraries.GLIBC}
    for name, path in shipped.items():
        tree.file(f"lib/furrow/{name}", pathlib.Path(path).read_bytes(), 0o755)
    tree.file(f"lib/furrow/{ONNXRUNTIME}", (programs.networks / ONNXRUNTIME).read_bytes(), 0o755)
    doc = "share/doc/furrow"
    for name in DOCUMENTS:
        page = ROOT / "docs" / name
        if page.exists():
            tree.file(f"{doc}/{name}", page.read_bytes())
    for page in sorted((ROOT / "docs/edge").glob("*.md")):
        tree.file(f"{doc}/edge/{page.name}", page.read_bytes())
    tree.file(f"{doc}/CHANGELOG.md", (ROOT / "CHANGELOG.md").read_bytes())
    add_licences(tree, doc, shipped, programs, arch)
    for name in UNITS:
        tree.file(f"lib/systemd/system/{name}", (ROOT / "deploy" / name).read_bytes())
    tree.file("share/furrow/furrow.toml", (ROOT / "deploy/furrow.toml").read_bytes())
    for name in ("field.toml", "boom.toml", "kubernetes.yaml"):
        tree.file(f"share/furrow/tractor/{name}", (ROOT / "deploy/tractor" / name).read_bytes())
    return tree


def image_layer(programs, arch, mtime):
    """A root file system with the programs, the C library, and nothing else."""
    inner = program_tree(programs, arch, mtime, with_glibc=True)
    tree = archive.Tree(mtime)
    for path, (kind, mode, owner, content) in sorted(inner.entries()):
        if kind == "file":
            tree.file("opt/furrow/" + path, content, mode)
        elif kind == "dir":
            tree.folder("opt/furrow/" + path, mode, owner)
    loader = libraries.LOADERS[arch]
    name = os.path.basename(loader)
    tree.file(loader.lstrip("/"), pathlib.Path(programs.libraries[name]).read_bytes(), 0o755)
    for one in ("furrow", "furrow-edge", "furrow-device"):
        tree.link(f"usr/bin/{one}", f"/opt/furrow/bin/{one}")
    tree.file("etc/passwd", f"root:x:0:0::/:\nfurrow:x:{USER}:{USER}::/data:\n".encode())
    tree.file("etc/group", f"root:x:0:\nfurrow:x:{USER}:\n".encode())
    tree.folder("tmp", 0o1777)
    for place in ("data", "backup"):
        tree.folder(place, 0o700, USER)
    return tree.tar()


IMAGE_CONFIG = {
    "User": f"{USER}:{USER}",
    "Entrypoint": ["/opt/furrow/bin/furrow"],
    "Cmd": ["server"],
    "Env": ["PATH=/usr/bin", "FURROW_DATA=/data", "FURROW_LISTEN=0.0.0.0"],
    "ExposedPorts": {"8008/tcp": {}, "8080/tcp": {}, "8081/tcp": {}},
    "Volumes": {"/data": {}},
    "WorkingDir": "/data",
    "StopSignal": "SIGTERM",
    "Labels": {"org.opencontainers.image.title": "furrow",
               "org.opencontainers.image.licenses": "Apache-2.0"},
}


def images():
    """Name of each image and its configuration; all have the same layer."""
    tractor = json.loads((ROOT / "deploy/tractor/image.json").read_text())
    title = tractor.pop("title")
    labels = {**IMAGE_CONFIG["Labels"], "org.opencontainers.image.title": title}
    return {"furrow": IMAGE_CONFIG, title: {**tractor, "Labels": labels}}


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", required=True)
    parser.add_argument("--arch", required=True, choices=sorted(STRIP))
    parser.add_argument("--sysroot", default="", help="where a foreign program's libraries are")
    parser.add_argument("--out", required=True)
    options = parser.parse_args()

    programs = Programs(options.program, options.arch, options.sysroot)
    mtime = commit_time()
    name = f"furrow-{version()}-linux-{options.arch}"
    out = pathlib.Path(options.out)
    out.mkdir(parents=True, exist_ok=True)

    tree = program_tree(programs, options.arch, mtime, with_glibc=False)
    tarball = archive.gzipped(tree.tar(prefix=f"{name}/"))
    created = datetime.datetime.fromtimestamp(mtime, datetime.timezone.utc).isoformat()
    made = {f"{name}.tar.gz": tarball}
    layer = image_layer(programs, options.arch, mtime)
    packed = archive.gzipped(layer)
    for image, config in images().items():
        made[f"{image}-{version()}-linux-{options.arch}.oci.tar"] = archive.oci_image(
            layer, packed, options.arch, created, config, f"localhost/{image}:{version()}")
    for file, content in made.items():
        (out / file).write_bytes(content)
        print(f"{hashlib.sha256(content).hexdigest()}  {file}")
    sums = [f"{hashlib.sha256(p.read_bytes()).hexdigest()}  {p.name}\n"
            for p in sorted(out.glob("furrow-*")) if p.suffix in (".gz", ".tar")]
    (out / "SHA256SUMS").write_text("".join(sums))
    return 0


if __name__ == "__main__":
    sys.exit(main())
