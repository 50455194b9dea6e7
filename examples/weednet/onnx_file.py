# SPDX-License-Identifier: Apache-2.0
"""Writes a trained network as furrow-edge reads it: docs/formats/edge-model.md."""

import hashlib
import io
import json

import onnx
import torch

from network import CLASSES, MULTIPLE, SCALE

TILE_MAX = 1024  # the longest side of a tile, in the network's pixels
OVERLAP = 32  # seen around a tile for its edge's sake


def sealed(content):
    """The model with its own digest behind it, as one more entry of its metadata."""
    key, value = b"furrow.sha256", hashlib.sha256(content).hexdigest().encode()
    entry = bytes([0x0A, len(key)]) + key + bytes([0x12, len(value)]) + value
    return content + bytes([0x72, len(entry)]) + entry


def write(network, mean, deviation, path, notes):
    """`mean` and `deviation` of red, green and blue are those the network was trained with; `notes`
    are further entries of the metadata, texts by name."""
    example = torch.zeros(1, 3, 4 * MULTIPLE, 4 * MULTIPLE)
    file = io.BytesIO()
    open_axes = {0: "batch", 2: "height", 3: "width"}
    torch.onnx.export(
        network.eval(),
        example,
        file,
        opset_version=13,
        input_names=["pixels"],
        output_names=["scores"],
        dynamic_axes={"pixels": open_axes, "scores": {**open_axes, 2: "rows", 3: "columns"}},
    )
    model = onnx.load_from_string(file.getvalue())
    onnx.checker.check_model(model)
    segmentation = {
        "format": 1,
        "classes": list(CLASSES),
        "channels": "rgb",
        "scale": SCALE,
        "mean": [round(float(m), 6) for m in mean],
        "deviation": [round(float(d), 6) for d in deviation],
        "multiple": MULTIPLE,
        "tile_max": TILE_MAX,
        "overlap": OVERLAP,
    }
    onnx.helper.set_model_props(model, {"furrow.segmentation": json.dumps(segmentation), **notes})
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(sealed(model.SerializeToString()))
