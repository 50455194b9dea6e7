# SPDX-License-Identifier: Apache-2.0
"""A small network for tests, made in seconds without a framework for training: random convolutions
in the shape of a U-Net, and a last layer that is fitted to photographs with masks by least squares
(Huang, Zhu and Siew 2006, "Extreme learning machine", Neurocomputing 70). It tells plant from
ground well and crop from weed somewhat, which is all that comparing two networks needs."""

import hashlib
import json
import pathlib

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper
from PIL import Image

SCALE = 2
HOW = {
    "format": 1,
    "classes": ["background", "crop", "weed"],
    "channels": "rgb",
    "scale": SCALE,
    "mean": [0.42, 0.36, 0.28],
    "deviation": [0.18, 0.16, 0.14],
    "multiple": 4,
    "tile_max": 128,
    "overlap": 16,
}
WIDTHS = (12, 20, 28)
SCORE = 4.0  # of the right class against the others
FIT = 1e-3  # of the squares, added to the diagonal


def sealed(content):
    """docs/formats/edge-model.md"""
    key, value = b"furrow.sha256", hashlib.sha256(content).hexdigest().encode()
    entry = bytes([0x0A, len(key)]) + key + bytes([0x12, len(value)]) + value
    return content + bytes([0x72, len(entry)]) + entry


def write(model, path):
    path.write_bytes(sealed(model.SerializeToString()))


def unsealed(path):
    model = onnx.load_from_string(path.read_bytes())
    kept = [entry for entry in model.metadata_props if entry.key != "furrow.sha256"]
    kept = [(entry.key, entry.value) for entry in kept]
    del model.metadata_props[:]
    helper.set_model_props(model, dict(kept))
    return model


def graph(weights, features_only):
    """`weights`: arrays by name. The head is left out where only its input is wanted."""
    conv = dict(kernel_shape=[3, 3], pads=[1, 1, 1, 1])
    nodes = [
        helper.make_node("Conv", ["pixels", "w1", "b1"], ["c1"], strides=[2, 2], **conv),
        helper.make_node("Relu", ["c1"], ["r1"]),
        helper.make_node("Conv", ["r1", "w2", "b2"], ["c2"], **conv),
        helper.make_node("Relu", ["c2"], ["r2"]),
        helper.make_node("Conv", ["r2", "w3", "b3"], ["c3"], strides=[2, 2], **conv),
        helper.make_node("Relu", ["c3"], ["r3"]),
        helper.make_node("Conv", ["r3", "w4", "b4"], ["c4"], **conv),
        helper.make_node("Relu", ["c4"], ["r4"]),
        helper.make_node(
            "Resize",
            ["r4", "", "twice"],
            ["up"],
            mode="linear",
            coordinate_transformation_mode="half_pixel",
        ),
        helper.make_node("Concat", ["r1", "r2", "up"], ["features"], axis=1),
    ]
    axes = ["batch", 3, "height", "width"]
    if not features_only:
        nodes.append(
            helper.make_node("Conv", ["features", "w5", "b5"], ["scores"], kernel_shape=[1, 1])
        )
    used = {name for node in nodes for name in node.input}
    channels = WIDTHS[0] + WIDTHS[1] + WIDTHS[2] if features_only else 3
    made = helper.make_graph(
        nodes,
        "small",
        [helper.make_tensor_value_info("pixels", TensorProto.FLOAT, axes)],
        [
            helper.make_tensor_value_info(
                nodes[-1].output[0], TensorProto.FLOAT, ["batch", channels, "rows", "columns"]
            )
        ],
        [numpy_helper.from_array(v, k) for k, v in weights.items() if k in used],
    )
    model = helper.make_model(made, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    helper.set_model_props(model, {"furrow.segmentation": json.dumps(HOW)})
    onnx.checker.check_model(model)
    return model


def random_weights(seed):
    random = np.random.default_rng(seed)
    shapes = {
        "w1": (WIDTHS[0], 3),
        "w2": (WIDTHS[1], WIDTHS[0]),
        "w3": (WIDTHS[2], WIDTHS[1]),
        "w4": (WIDTHS[2], WIDTHS[2]),
    }
    weights = {"twice": np.array([1, 1, 2, 2], np.float32)}
    for name, (out, into) in shapes.items():
        size = np.sqrt(2 / (9 * into))
        weights[name] = random.normal(0, size, (out, into, 3, 3)).astype(np.float32)
        weights["b" + name[1:]] = random.normal(0, 0.3, out).astype(np.float32)
    return weights


def shrunk(image, factor):
    height, width = image.shape[0] // factor, image.shape[1] // factor
    image = image[: height * factor, : width * factor]
    return image.reshape(height, factor, width, factor, -1).mean((1, 3))


def prepared(path):
    """A photograph as the network sees it: docs/formats/edge-model.md."""
    colours = shrunk(np.asarray(Image.open(path).convert("RGB"), np.float32) / 255, SCALE)
    colours = (colours - HOW["mean"]) / HOW["deviation"]
    return colours.transpose(2, 0, 1)[None].astype(np.float32)


def photographs(folders):
    for folder in folders:
        for image in sorted((pathlib.Path(folder) / "images").glob("*.png")):
            yield image, pathlib.Path(folder) / "masks" / image.name


def make(folders, seed=1):
    """The network, fitted to all photographs of the folders."""
    weights = random_weights(seed)
    session = onnxruntime.InferenceSession(graph(weights, True).SerializeToString())
    width = sum(WIDTHS) + 1
    squares, products = np.zeros((width, width)), np.zeros((width, 3))
    for image, mask in photographs(folders):
        features = session.run(None, {"pixels": prepared(image)})[0][0]
        rows, columns = features.shape[1:]
        truth = np.asarray(Image.open(mask))[2 :: 2 * SCALE, 2 :: 2 * SCALE][:rows, :columns]
        wanted = np.stack([truth == 0, truth == 128, truth == 255], -1).reshape(-1, 3)
        # Each class counts alike, or ground would be all there is to know.
        counts = np.maximum(wanted.sum(0), 1)
        weight = (wanted / counts * len(wanted) / 3).sum(1)
        flat = features.reshape(features.shape[0], -1).T
        flat = np.concatenate([flat, np.ones((len(flat), 1), np.float32)], 1).astype(np.float64)
        squares += (flat * weight[:, None]).T @ flat
        products += (flat * weight[:, None]).T @ ((wanted - 1 / 3) * SCORE)
    squares += FIT * np.trace(squares) / width * np.eye(width)
    fitted = np.linalg.solve(squares, products)
    weights["w5"] = fitted[:-1].T[:, :, None, None].astype(np.float32)
    weights["b5"] = fitted[-1].astype(np.float32)
    return graph(weights, False)
