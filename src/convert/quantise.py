# SPDX-License-Identifier: Apache-2.0
"""Quantises a network to 8 bits: quantise.py MODEL CALIBRATION.json RESULT.

Static quantisation by onnxruntime.quantization: weights per channel, activations by the least and
largest value that the calibration tiles give them. `furrow convert --target onnxruntime-int8` runs
it; the tiles are the network's own input, so that nothing is prepared in two ways."""

import json
import os
import sys

import numpy as np
import onnx
import onnxruntime
from onnxruntime import quantization
from onnxruntime.quantization.shape_inference import quant_pre_process


class Tiles(quantization.CalibrationDataReader):
    """Tiles of 32-bit floating point numbers, one after the other in a file."""

    def __init__(self, path):
        with open(path) as file:
            what = json.load(file)
        self.name = what["input"]
        name = os.path.join(os.path.dirname(path), what["file"])
        self.tiles = np.memmap(name, np.float32, "r", shape=tuple(what["shape"]))
        self.next = 0

    def get_next(self):
        if self.next == len(self.tiles):
            return None
        self.next += 1
        return {self.name: np.ascontiguousarray(self.tiles[self.next - 1])}

    def rewind(self):
        self.next = 0


def main(source, calibration, result):
    prepared = result + ".prepared"
    # Folds batch normalisation into convolutions; shapes that are left open stay so.
    quant_pre_process(source, prepared, skip_symbolic_shape=True)
    quantization.quantize_static(
        prepared,
        result,
        Tiles(calibration),
        quant_format=quantization.QuantFormat.QDQ,
        per_channel=True,
        # Seven bits of weight: processors without VNNI add products of 8 bits in 16, which clips.
        reduce_range=True,
        activation_type=quantization.QuantType.QUInt8,
        weight_type=quantization.QuantType.QInt8,
        calibrate_method=quantization.CalibrationMethod.MinMax,
    )
    os.remove(prepared)
    quantised = onnx.load(result)
    del quantised.metadata_props[:]
    for entry in onnx.load(source, load_external_data=False).metadata_props:
        if entry.key != "furrow.sha256":
            quantised.metadata_props.add(key=entry.key, value=entry.value)
    onnx.save(quantised, result)
    print(f"RESULT onnx {onnx.__version__}, onnxruntime {onnxruntime.__version__}")


if __name__ == "__main__":
    main(*sys.argv[1:])
