# SPDX-License-Identifier: Apache-2.0
"""Answers those options of TensorRT's trtexec that `furrow convert` gives it, with ONNX Runtime and
scores rounded to half precision. It shows that options, files and errors go back and forth; how
exact or how quick an engine is, only TensorRT can say."""

import json
import sys

import numpy as np
import onnxruntime

options = dict(one.removeprefix("--").partition("=")[::2] for one in sys.argv[1:])
if "saveEngine" in options:
    with open(options["onnx"], "rb") as model, open(options["saveEngine"], "wb") as engine:
        engine.write(b"ENGINE" + model.read())
    sys.exit()
with open(options["loadEngine"], "rb") as engine:
    head, model = engine.read(6), engine.read()
assert head == b"ENGINE"
if "exportTimes" in options:
    with open(options["exportTimes"], "w") as times:
        json.dump([{"latencyMs": 2.5, "computeMs": 2.0}] * int(options["iterations"]), times)
if "loadInputs" in options:
    session = onnxruntime.InferenceSession(model)
    name, file = options["loadInputs"].split(":", 1)
    wanted, shape = options["shapes"].split(":", 1)
    assert wanted == name
    pixels = np.fromfile(file, np.float32).reshape([int(n) for n in shape.split("x")])
    scores = session.run(None, {name: pixels})[0].astype(np.float16)
    with open(options["exportOutput"], "w") as out:
        json.dump(
            [
                {
                    "name": session.get_outputs()[0].name,
                    "dimensions": "x".join(map(str, scores.shape)),
                    "values": [float(v) for v in scores.ravel()],
                }
            ],
            out,
        )
