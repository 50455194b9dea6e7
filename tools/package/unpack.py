#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Unpacks the root file system of an OCI image made by build.py, to look at it or to run it.

    unpack.py build/package/furrow-0.1.0-linux-arm64.oci.tar build/arm64-root
"""
import gzip
import hashlib
import io
import json
import sys
import tarfile


def blob(image, digest):
    algorithm, name = digest.split(":")
    raw = image.extractfile(f"blobs/{algorithm}/{name}").read()
    if hashlib.sha256(raw).hexdigest() != name:
        raise SystemExit(f"unpack: {digest} is damaged")
    return raw


def main():
    if len(sys.argv) != 3:
        raise SystemExit(__doc__)
    with tarfile.open(sys.argv[1]) as image:
        index = json.load(image.extractfile("index.json"))
        manifest = json.loads(blob(image, index["manifests"][0]["digest"]))
        blob(image, manifest["config"]["digest"])
        for layer in manifest["layers"]:
            raw = gzip.decompress(blob(image, layer["digest"]))
            with tarfile.open(fileobj=io.BytesIO(raw)) as tar:
                tar.extractall(sys.argv[2])
    return 0


if __name__ == "__main__":
    sys.exit(main())
