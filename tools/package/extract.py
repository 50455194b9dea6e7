# SPDX-License-Identifier: Apache-2.0
"""Unpacks tar files that nobody has to trust: regular files and folders, within bounds.

Everything else ends it: links (unless they are to be left out), devices, pipes, sparse files,
setuid and setgid, names that climb, repeat or are no plain paths, too many entries, too many bytes,
or far more bytes than the packed file had. The folder must be absent or empty, and holds whatever
was unpacked before the refusal: regular files and folders, nothing else.
"""
import dataclasses
import io
import os
import tarfile
import zlib

PIECE = 1 << 20


class Refused(Exception):
    """What was found, and where."""


@dataclasses.dataclass(frozen=True)
class Limits:
    entries: int = 10_000
    bytes: int = 1 << 30
    ratio: int = 20  # of what is unpacked to what was packed, from the first MiB on
    name: int = 4096


def inflated(packed, limits=Limits()):
    """The bytes of one gzip file, which may have several members."""
    most = min(limits.bytes, limits.ratio * len(packed) + PIECE)
    out = bytearray()
    while packed:
        unpacker = zlib.decompressobj(wbits=31)
        while not unpacker.eof:
            piece = unpacker.decompress(packed, PIECE)
            packed = unpacker.unconsumed_tail
            out += piece
            if len(out) > most:
                raise Refused(f"more than {most} bytes come out of it")
            if not piece and not packed and not unpacker.eof:
                raise Refused("it is cut off")
        packed = unpacker.unused_data
    return bytes(out)


def plain(name, limits):
    """The components of a relative path that cannot leave where it begins."""
    parts = name.removesuffix("/").split("/")
    if (len(os.fsencode(name)) > limits.name or "\0" in name or "\\" in name or
            any(part in ("", ".", "..") or len(os.fsencode(part)) > 255 for part in parts)):
        raise Refused(f"{name[:80]!r} is no plain path")
    return parts


def members(tar, limits):
    entries = total = 0
    for member in tar:
        entries += 1
        total += max(member.size, 0)
        if entries > limits.entries:
            raise Refused(f"more than {limits.entries} entries")
        if member.size < 0 or total > limits.bytes:
            raise Refused(f"more than {limits.bytes} bytes")
        yield member


def unpack(raw, folder, limits=Limits(), links_left_out=False):
    """`raw` is a tar file, unpacked below `folder`. Returns the names of the links left out."""
    os.makedirs(folder, exist_ok=True)
    if os.listdir(folder):
        raise Refused(f"{folder} is not empty")
    left_out = []
    try:
        with tarfile.open(fileobj=io.BytesIO(raw), mode="r:") as tar:
            for member in members(tar, limits):
                if member.issym() and links_left_out:
                    left_out.append(member.name)
                    continue
                one(tar, member, folder, limits)
    except (tarfile.TarError, EOFError, ValueError, OSError) as error:
        raise Refused(f"{error}") from error
    return left_out


def one(tar, member, folder, limits):
    if member.type not in (tarfile.REGTYPE, tarfile.AREGTYPE, tarfile.DIRTYPE) or member.sparse:
        raise Refused(f"{member.name[:80]!r} is neither a file nor a folder")
    if member.mode & 0o6000:
        raise Refused(f"{member.name[:80]!r} would be setuid or setgid")
    path = os.path.join(folder, *plain(member.name, limits))
    if member.isdir():
        os.makedirs(path, exist_ok=True)
        os.chmod(path, member.mode & 0o777 | 0o700)
        return
    os.makedirs(os.path.dirname(path), exist_ok=True)
    # O_EXCL: a name that repeats is refused, so nothing unpacked before is written through.
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW,
                           member.mode & 0o777 | 0o600), "wb") as to:
        source, left = tar.extractfile(member), member.size
        while left:
            piece = source.read(min(left, PIECE))
            if not piece:
                raise Refused(f"{member.name[:80]!r} is cut off")
            to.write(piece)
            left -= len(piece)
