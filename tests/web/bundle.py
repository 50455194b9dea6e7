# SPDX-License-Identifier: Apache-2.0
"""Writes a signed bundle (docs/formats/bundle.md) with a conversion report, for a release to carry.

The network in it is not one: nothing here runs it.
"""

import hashlib
import json
import struct

MAGIC = b"FRWBNDL\0"


def crc32c(data):
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0x82F63B78 if crc & 1 else 0)
    return crc ^ 0xFFFFFFFF


def report(passed=True):
    """A report as `furrow convert` writes it, with round figures."""
    def interval(value, spread):
        return {"value": value, "low": max(0, value - spread), "high": value + spread}

    def part(name, frames, flips):
        return {"name": name, "frames": frames, "flip_share": interval(flips, flips / 2),
                "missed_more": interval(0.001, 0.002), "wasted_more": interval(0.002, 0.001)}

    def times(fastest):
        curve = [fastest + 0.05 * i + (3 if i == 20 else 0) for i in range(21)]
        return {"latency": {"p50_ms": curve[10], "p99_ms": curve[19], "curve_ms": curve}}

    gates = [("cell_flip_share_max", 0.0021, 0.005, False, "nozzle cells whose decision flips"),
             ("output_cosine_min", 0.9998, 0.999, True, "likeness of the outputs"),
             ("latency_p99_ms_max", 6.4, 25.0, False, "time of the slowest frame of a hundred")]
    return {"format": 1, "verdict": "passed" if passed else "failed",
            "line": "passed" if passed else "failed: cell_flip_share_max",
            "created_at": "2026-11-29T06:00:00Z", "target": "onnxruntime-int8",
            "how": "static quantisation, calibrated on 200 frames", "method": "hybrid",
            "runtime": "ONNX Runtime 1.30.0", "machine": "x86_64, 2 cores",
            "boom": {"name": "three-metre", "file": "boom.toml", "sha256": ""},
            "data": "fields/a", "gates": [
                {"name": n, "figure": f, "limit": m, "at_least": least, "passed": passed,
                 "says": says} for n, f, m, least, says in gates],
            "source": times(7.2), "result": times(4.1), "budget": {"frame_ms": 25.0},
            "all": part("all", 240, 0.0021),
            "slices": [part("tilled", 120, 0.0012), part("residue", 120, 0.0031)]}


def make(path, key, name, version, passed=True):
    """Returns the bundle's id."""
    contents = {"model.onnx": b"no network: a test of the pages " * 8,
                "report.json": json.dumps(report(passed)).encode()}
    manifest = {
        "format": 1, "name": name, "version": version, "created_at": "2026-11-29T06:10:00Z",
        "model": {"file": "model.onnx", "method": "hybrid", "area_min_px": 12,
                  "target": "onnxruntime-int8"},
        "fits": {"boom": "", "runtime_min": "", "architectures": []},
        "budget_ms": 25.0,
        "report": {"file": "report.json", "passed": passed,
                   "waiver": None if passed else {"why": "a trial plot", "by": "jane"}},
        "golden": {"file": "", "frames": 0},
        "source": {"task": "weednet"},
        "files": [{"name": n, "bytes": len(b), "sha256": hashlib.sha256(b).hexdigest()}
                  for n, b in contents.items()]}
    text = json.dumps(manifest).encode()
    identity = hashlib.sha256(text).hexdigest()
    signature = key.public + key.sign(f"furrow bundle 1\n{identity}\n".encode())
    body = text + signature + b"".join(contents.values())
    head = MAGIC + struct.pack("<IIIQ", 1, len(text), 1, 32 + len(body))
    with open(path, "wb") as file:
        file.write(head + struct.pack("<I", crc32c(head)) + body)
    return identity
