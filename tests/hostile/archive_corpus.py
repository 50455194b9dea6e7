# SPDX-License-Identifier: Apache-2.0
"""Archives, images, tensors and pickles made to hurt whoever opens them. All are made here.

`corpus` yields (name, bytes). Whoever only keeps them keeps them whole; `tars` are for those of our
own tools that do unpack (tests/hostile/unpacking.py).
"""

import bz2
import gzip
import io
import json
import lzma
import pickle
import stat
import struct
import tarfile
import zlib

ENTRIES = 1_000_000
CLIMBING = {
    "dotdot": b"../../climbed.txt", "backslash": b"..\\..\\climbed.txt",
    "inside": b"a/../../../climbed.txt", "absolute": b"/tmp/climbed.txt",
    "drive": b"C:\\climbed.txt", "drive-relative": b"C:climbed.txt",
    "share": b"\\\\host\\share\\climbed.txt", "escaped": b"%2e%2e%2fclimbed.txt",
    "nul": b"climbed\0.txt", "dot": b".", "dots": b"..", "slash": b"/", "empty": b"",
    "overlong": b"x" * 65_535, "deep": b"a/" * 30_000 + b"x", "not-utf8": b"\xff\xfe\xc0\xaf.txt",
    "two-byte-dots": b"\xc0\xae\xc0\xae\xc0\xafclimbed.txt", "turned": b"exe.\xe2\x80\xaegpj",
    "device-name": b"CON", "trailing": b"climbed.txt. ", "stream": b"climbed.txt:stream",
}


# -- zip -----------------------------------------------------------------------------------------


class Zip:
    """Writes what zipfile refuses to: any bytes as a name, any mode, any size, any offset."""

    def __init__(self):
        self._body, self._directory, self._count = bytearray(), [], 0

    def add(self, name, packed=b"content", size=None, method=0, mode=stat.S_IFREG | 0o644,
            flags=0, crc=None):
        offset = len(self._body)
        size = len(packed) if size is None else size
        crc = zlib.crc32(packed) if crc is None else crc
        common = struct.pack("<HHHHHIIIHH", 20, flags, method, 0, 0x21, crc, len(packed), size,
                             len(name), 0)
        self._body += b"PK\3\4" + common + name + packed
        self.point(name, offset, common, mode)
        return offset, common

    def point(self, name, offset, common, mode=stat.S_IFREG | 0o644):
        """One more entry of the directory, for content that is already there."""
        common = common[:-4] + struct.pack("<HH", len(name), 0)
        self._directory.append(b"PK\1\2" + struct.pack("<H", 3 << 8 | 20) + common + struct.pack(
            "<HHHII", 0, 0, 0, mode << 16, offset) + name)
        self._count += 1

    def bytes(self):
        directory = b"".join(self._directory)
        start, size, count = len(self._body), len(directory), self._count
        out = bytes(self._body) + directory
        if count > 0xFFFF:
            end = len(out)
            out += b"PK\6\6" + struct.pack("<QHHIIQQQQ", 44, 45, 45, 0, 0, count, count, size,
                                           start)
            out += b"PK\6\7" + struct.pack("<IQI", 0, end, 1)
        few = min(count, 0xFFFF)
        return out + b"PK\5\6" + struct.pack("<HHHHIIH", 0, 0, few, few, size, start, 0)


def zip_of(name, content=b"content", **more):
    made = Zip()
    made.add(name, content, **more)
    return made.bytes()


def raw_deflated(content):
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    return packer.compress(content) + packer.flush()


def zips():
    for what, name in CLIMBING.items():
        yield f"zip-{what}.zip", zip_of(name)
        yield f"zip-{what}-utf8.zip", zip_of(name, flags=0x800)
    for what, mode in (("symlink", stat.S_IFLNK | 0o777), ("device", stat.S_IFBLK | 0o666),
                       ("character-device", stat.S_IFCHR | 0o666), ("pipe", stat.S_IFIFO | 0o666),
                       ("socket", stat.S_IFSOCK | 0o666), ("setuid", stat.S_IFREG | 0o6777)):
        yield f"zip-{what}.zip", zip_of(b"it", b"../../climbed.txt", mode=mode)
    through = Zip()
    through.add(b"way", b"../..", mode=stat.S_IFLNK | 0o777)
    through.add(b"way/climbed.txt")
    yield "zip-through-link.zip", through.bytes()
    twice = Zip()
    for content in (b"first", b"second", b"third"):
        twice.add(b"same.txt", content)
    twice.add(b"SAME.TXT")
    yield "zip-duplicates.zip", twice.bytes()
    nested = zip_of(b"core", raw_deflated(bytes(10 << 20)), size=10 << 20, method=8)
    for level in range(5):
        box = Zip()
        for index in range(16):
            box.add(b"level-%d-%d.zip" % (level, index), raw_deflated(nested), len(nested), 8)
        nested = box.bytes()
    yield "zip-nested.zip", nested
    bomb = Zip()
    zeros = bytes(100 << 20)
    offset, common = bomb.add(b"0", raw_deflated(zeros), len(zeros), 8, crc=zlib.crc32(zeros))
    for index in range(1, 10_000):
        bomb.point(b"%d" % index, offset, common)
    yield "zip-bomb.zip", bomb.bytes()  # 100 KB and a directory; unpacked it is 1 TB
    yield "zip-lying.zip", zip_of(b"a", b"x", size=0xFFFFFFFE, method=8)
    yield "zip-encrypted.zip", zip_of(b"a", flags=1)
    yield "zip-cut.zip", zip_of(b"a")[:-5]
    yield "zip-polyglot.html.zip", b"<script>alert(1)</script>" + zip_of(b"a")


def million_entries():
    """A directory of a million names, all of one piece of content: 50 MB."""
    many = Zip()
    offset, common = many.add(b"0000000")
    for index in range(1, ENTRIES):
        many.point(b"%07d" % index, offset, common)
    return "zip-million.zip", many.bytes()


# -- tar and streams -----------------------------------------------------------------------------


def tar_of(*members, form=tarfile.GNU_FORMAT, pax=None):
    """Of (name, type, link or content, mode)."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=form, pax_headers=pax,
                      errors="surrogateescape") as tar:
        for name, kind, what, mode in members:
            info = tarfile.TarInfo(name)
            info.type, info.mode = kind, mode
            if kind in (tarfile.SYMTYPE, tarfile.LNKTYPE):
                info.linkname = what
            elif kind in (tarfile.CHRTYPE, tarfile.BLKTYPE):
                info.devmajor, info.devminor = 1, 3
            elif kind == tarfile.REGTYPE:
                info.size = len(what)
                tar.addfile(info, io.BytesIO(what))
                continue
            tar.addfile(info)
    return out.getvalue()


def tars():
    """(name, bytes) of tar files, each with something in it that must not be unpacked."""
    regular, link = tarfile.REGTYPE, tarfile.SYMTYPE
    for what, name in CLIMBING.items():
        if what not in ("escaped", "nul", "deep", "turned", "device-name", "trailing", "stream",
                        "not-utf8", "two-byte-dots", "drive", "drive-relative", "share",
                        "backslash"):
            yield f"tar-{what}.tar", tar_of((name.decode(), regular, b"x", 0o644))
    for what, target in (("up", "../../climbed.txt"), ("absolute", "/etc/passwd"), ("self", ".")):
        yield f"tar-symlink-{what}.tar", tar_of(("way", link, target, 0o777))
        yield f"tar-hardlink-{what}.tar", tar_of(("way", tarfile.LNKTYPE, target, 0o777))
        yield f"tar-through-{what}.tar", tar_of(("way", link, target, 0o777),
                                                ("way/climbed.txt", regular, b"x", 0o644))
    yield "tar-link-of-link.tar", tar_of(("a", link, "b", 0o777), ("b", link, "../..", 0o777),
                                         ("a/climbed.txt", regular, b"x", 0o644))
    for what, kind in (("character-device", tarfile.CHRTYPE), ("device", tarfile.BLKTYPE),
                       ("pipe", tarfile.FIFOTYPE)):
        yield f"tar-{what}.tar", tar_of(("it", kind, "", 0o666))
    for mode in (0o4755, 0o2755, 0o1777):
        yield f"tar-mode-{mode:o}.tar", tar_of(("it", regular, b"#!/bin/sh\n", mode))
    yield "tar-setuid-folder.tar", tar_of(("it", tarfile.DIRTYPE, "", 0o6777))
    yield "tar-duplicates.tar", tar_of(("a", regular, b"first", 0o644),
                                       ("a", regular, b"second", 0o644))
    yield "tar-file-as-folder.tar", tar_of(("a", regular, b"x", 0o644),
                                           ("a/b", regular, b"y", 0o644))
    yield "tar-pax-path.tar", tar_of(("a", regular, b"x", 0o644), form=tarfile.PAX_FORMAT,
                                     pax={"path": "../../climbed.txt"})
    lying = bytearray(tar_of(("a", regular, b"x", 0o644)))
    lying[124:136] = b"\x80" + b"\0" * 3 + struct.pack(">Q", 1 << 62)
    yield "tar-lying.tar", summed(lying)
    sparse = bytearray(tar_of(("a", regular, b"x", 0o644)))
    sparse[156:157] = b"S"
    sparse[483:495] = b"777777777777"
    yield "tar-sparse.tar", summed(sparse)


def summed(header):
    """With the checksum of its first block set right."""
    header[148:156] = b" " * 8
    header[148:156] = b"%06o\0 " % sum(header[:512])
    return bytes(header)


def streams():
    zeros = bytes(64 << 20)
    yield "bomb.gz", gzip.compress(zeros, 9, mtime=0) * 160  # members in a row: 10 GB
    yield "bomb.bz2", bz2.compress(zeros) * 160
    yield "bomb.xz", lzma.compress(zeros, preset=0) * 16
    yield "bomb.tar.gz", gzip.compress(tar_of(("zeros", tarfile.REGTYPE, zeros, 0o644)), 9)
    # A frame of a gigabyte in blocks that repeat one byte.
    block = struct.pack("<I", (128 << 10) << 3 | 1 << 1)[:3] + b"\0"
    yield "bomb.zst", b"\x28\xb5\x2f\xfd\xa0" + struct.pack("<I", 1 << 30) + block * 8192
    yield "named.gz", b"\x1f\x8b\x08\x08" + bytes(6) + b"../../climbed.txt\0" + raw_deflated(b"x")


# -- images, tensors, pickles --------------------------------------------------------------------


def images():
    def chunk(kind, body):
        return (struct.pack(">I", len(body)) + kind + body +
                struct.pack(">I", zlib.crc32(kind + body)))

    most = (1 << 31) - 1
    head = struct.pack(">IIBBBBB", most, most, 16, 6, 0, 0, 0)
    png = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head)
    yield "enormous.png", png + chunk(b"IDAT", zlib.compress(bytes(8 << 20))) + chunk(b"IEND", b"")
    yield "text-bomb.png", png + chunk(b"zTXt", b"k\0\0" + zlib.compress(bytes(64 << 20)))
    yield "enormous.gif", b"GIF89a" + struct.pack("<HHBBB", 65535, 65535, 0xF7, 0, 0) + b";"
    yield "enormous.bmp", b"BM" + struct.pack("<IHHIIiiHHIIiiII", 54, 0, 0, 54, 40, most, most, 1,
                                              32, 0, 0, 0, 0, 0, 0)
    yield "enormous.jpeg", (b"\xff\xd8\xff\xc0" + struct.pack(">HBHHB", 17, 8, 65535, 65535, 3) +
                            b"\1\x22\0\2\x11\1\3\x11\1\xff\xd9")
    yield "enormous.webp", b"RIFF\xff\xff\xff\x7fWEBPVP8X\x0a\0\0\0\0\0\0\0" + b"\xff" * 6
    laughs = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 12))
    yield "laughs.svg", (f'<?xml version="1.0"?><!DOCTYPE s [<!ENTITY l0 "ha">{laughs}'
                         '<!ENTITY f SYSTEM "file:///etc/passwd">]><svg>&l11;&f;</svg>').encode()


def varint(value):
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    return bytes(out + bytes([value]))


def field(number, content):
    return varint(number << 3 | 2) + varint(len(content)) + content


def tensors():
    text = "{'descr': '<f8', 'fortran_order': False, 'shape': (1099511627776, 1048576)}"
    npy = b"\x93NUMPY\1\0" + struct.pack("<H", len(text)) + text.encode()
    yield "bomb.npy", npy
    yield "bomb.npz", zip_of(b"arr_0.npy", npy)
    yield "objects.npy", npy.replace(b"'<f8'", b"'|O' ")
    dims = b"".join(varint(1 << 3) + varint((1 << 62) - 1) for _ in range(64))
    tensor = dims + varint(2 << 3) + varint(1) + field(8, b"weights")
    outside = field(13, field(1, b"location") + field(2, b"../../../etc/passwd"))
    for what, more in (("bomb", b""), ("external", outside + varint(14 << 3) + varint(1))):
        yield f"{what}.onnx", varint(1 << 3) + varint(8) + field(7, field(5, tensor + more))
    yield "bomb.safetensors", struct.pack("<Q", (1 << 63) - 1) + b"{}"
    yield "bomb.h5", b"\x89HDF\r\n\x1a\n" + b"\0" * 5 + b"\x08\x08" + b"\xff" * 80
    yield "bomb.tflite", struct.pack("<I", 0xFFFFFFF0) + b"TFL3" + b"\xff" * 64


class Runs:
    """Pickled, it runs a command wherever it is loaded."""

    def __init__(self, marker):
        self._marker = marker

    def __reduce__(self):
        import os
        return os.system, (f"touch '{self._marker}'",)


def pickles(marker):
    for protocol in range(0, 6):
        yield f"runs-{protocol}.pkl", pickle.dumps(Runs(marker), protocol)
    inner = pickle.dumps(Runs(marker), 2)
    torch = Zip()
    torch.add(b"archive/data.pkl", inner)
    torch.add(b"archive/version", b"3\n")
    yield "runs.pt", torch.bytes()
    yield "runs.joblib", zlib.compress(inner)
    yield "stack-bomb.pkl", b"(" * 1_000_000 + b"."
    yield "memory-bomb.pkl", b"\x8e" + struct.pack("<Q", (1 << 62)) + b"."
    yield "runs.yaml", f"!!python/object/apply:os.system ['touch {marker}']\n".encode()
    yield "code.ipynb", json.dumps({"cells": [{"cell_type": "code", "source": [
        f"!touch {marker}"]}]}).encode()


def corpus(marker):
    for family in (zips(), tars(), streams(), images(), tensors(), pickles(marker)):
        yield from family
