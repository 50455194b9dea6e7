#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Unpacks the root file system of an OCI image made by build.py, to look at it or to run it.

    unpack.py build/package/furrow-0.1.0-linux-arm64.oci.tar build/arm64-root

The folder must be absent or empty. The image's one link is left out and named.
"""
import hashlib
import io
import json
import pathlib
import sys
import tarfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import extract  # noqa: E402

BLOB_MAX = 1 << 30


def content(image, name):
    """Of one regular file inside the image."""
    member = image.getmember(name)
    if not member.isreg() or member.size > BLOB_MAX:
        raise extract.Refused(f"{name} is no file, or too large")
    return image.extractfile(member).read()


def blob(image, digest):
    algorithm, name = digest.split(":")
    if algorithm != "sha256" or len(name) != 64 or not set(name) <= set("0123456789abcdef"):
        raise extract.Refused(f"{digest[:80]!r} names no blob")
    raw = content(image, f"blobs/sha256/{name}")
    if hashlib.sha256(raw).hexdigest() != name:
        raise extract.Refused(f"{digest} is damaged")
    return raw


def unpack(path, folder):
    raw = pathlib.Path(path).read_bytes()
    with tarfile.open(fileobj=io.BytesIO(raw), mode="r:") as image:
        index = json.loads(content(image, "index.json"))
        manifest = json.loads(blob(image, index["manifests"][0]["digest"]))
        blob(image, manifest["config"]["digest"])
        if len(manifest["layers"]) != 1:
            raise extract.Refused("an image of ours has one layer")
        layer = extract.inflated(blob(image, manifest["layers"][0]["digest"]))
    for name in extract.unpack(layer, folder, links_left_out=True):
        print(f"left out: the link {name}", file=sys.stderr)


def main():
    if len(sys.argv) != 3:
        raise SystemExit(__doc__)
    try:
        unpack(sys.argv[1], sys.argv[2])
    except (extract.Refused, tarfile.TarError, KeyError, ValueError, IndexError) as error:
        raise SystemExit(f"unpack: {error}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
