# SPDX-License-Identifier: Apache-2.0
"""Tarballs and OCI images, the same bytes for the same content."""
import gzip
import hashlib
import io
import json
import os
import tarfile


class Tree:
    """Files to be: path -> (mode, content or link or folder)."""

    def __init__(self, mtime):
        self.mtime = mtime
        self._entries = {}

    def folder(self, path, mode=0o755, owner=0):
        if path and path not in self._entries:
            self.folder(os.path.dirname(path))
            self._entries[path] = ("dir", mode, owner, None)

    def file(self, path, content, mode=0o644):
        self.folder(os.path.dirname(path))
        self._entries[path] = ("file", mode, 0, content)

    def link(self, path, target):
        self.folder(os.path.dirname(path))
        self._entries[path] = ("link", 0o777, 0, target)

    def entries(self):
        return list(self._entries.items())

    def tar(self, prefix=""):
        """The bytes of a tar file, members in order of their names, all of one time."""
        out = io.BytesIO()
        with tarfile.open(fileobj=out, mode="w", format=tarfile.GNU_FORMAT) as tar:
            for path in sorted(self._entries):
                kind, mode, owner, content = self._entries[path]
                info = tarfile.TarInfo(prefix + path)
                info.mode, info.uid, info.gid, info.mtime = mode, owner, owner, self.mtime
                if kind == "dir":
                    info.type = tarfile.DIRTYPE
                    tar.addfile(info)
                elif kind == "link":
                    info.type, info.linkname = tarfile.SYMTYPE, content
                    tar.addfile(info)
                else:
                    info.size = len(content)
                    tar.addfile(info, io.BytesIO(content))
        return out.getvalue()


def gzipped(raw):
    out = io.BytesIO()
    with gzip.GzipFile(filename="", fileobj=out, mode="wb", compresslevel=6, mtime=0) as file:
        file.write(raw)
    return out.getvalue()


def digest(raw):
    return "sha256:" + hashlib.sha256(raw).hexdigest()


def oci_image(layer, packed, arch, created, config, name):
    """An OCI image of one layer, as the bytes of an archive that podman and docker load;
    `packed` is the layer by gzipped()."""
    config_blob = json.dumps({
        "created": created,
        "architecture": arch,
        "os": "linux",
        "config": config,
        "rootfs": {"type": "layers", "diff_ids": [digest(layer)]},
        "history": [{"created": created, "comment": "furrow"}],
    }, sort_keys=True).encode()
    manifest = json.dumps({
        "schemaVersion": 2,
        "mediaType": "application/vnd.oci.image.manifest.v1+json",
        "config": {"mediaType": "application/vnd.oci.image.config.v1+json",
                   "digest": digest(config_blob), "size": len(config_blob)},
        "layers": [{"mediaType": "application/vnd.oci.image.layer.v1.tar+gzip",
                    "digest": digest(packed), "size": len(packed)}],
    }, sort_keys=True).encode()
    index = json.dumps({
        "schemaVersion": 2,
        "mediaType": "application/vnd.oci.image.index.v1+json",
        "manifests": [{"mediaType": "application/vnd.oci.image.manifest.v1+json",
                       "digest": digest(manifest), "size": len(manifest),
                       "platform": {"architecture": arch, "os": "linux"},
                       "annotations": {"org.opencontainers.image.ref.name": name,
                                       "io.containerd.image.name": name}}],
    }, sort_keys=True).encode()
    # The same, as docker looks for it.
    docker = json.dumps([{"Config": "blobs/sha256/" + digest(config_blob).split(":")[1],
                          "RepoTags": [name],
                          "Layers": ["blobs/sha256/" + digest(packed).split(":")[1]]}]).encode()
    tree = Tree(0)
    tree.file("oci-layout", b'{"imageLayoutVersion":"1.0.0"}')
    tree.file("index.json", index)
    tree.file("manifest.json", docker)
    for blob in (packed, config_blob, manifest):
        tree.file("blobs/sha256/" + digest(blob).split(":")[1], blob)
    return tree.tar()
