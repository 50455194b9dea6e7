# SPDX-License-Identifier: Apache-2.0
"""Ways in which a conversion can go wrong, planted into any network for furrow-edge that is made of
convolutions. Each takes a model and changes it. HARMLESS are changes that a conversion may make."""

import json

import numpy as np
import onnxruntime
from onnx import helper, numpy_helper

SAMPLE = None  # an input of the network, for what depends on how large activations are

# Finding and changing parts of a model.


def convolutions(model):
    return [node for node in model.graph.node if node.op_type == "Conv"]


def array(model, name):
    for tensor in model.graph.initializer:
        if tensor.name == name:
            return numpy_helper.to_array(tensor).copy()
    raise KeyError(name)


def put(model, name, values):
    for tensor in model.graph.initializer:
        if tensor.name == name:
            tensor.CopyFrom(numpy_helper.from_array(values.astype(np.float32), name))
            return
    model.graph.initializer.append(numpy_helper.from_array(values.astype(np.float32), name))


def put_whole(model, name, values):
    model.graph.initializer.append(numpy_helper.from_array(np.array(values, np.int64), name))


def weight(model, which, change):
    """Changes the weights of a convolution: `change` of the array."""
    name = convolutions(model)[which].input[1]
    put(model, name, change(array(model, name)))


def bias(model, which, change):
    name = convolutions(model)[which].input[2]
    put(model, name, change(array(model, name)))


def every_weight(model, change):
    for which in range(len(convolutions(model))):
        weight(model, which, change)


def before(model, name, *nodes):
    """Puts nodes between the input and all that read it; the last one's output is `name`."""
    first = model.graph.input[0].name
    for node in model.graph.node:
        for i, one in enumerate(node.input):
            if one == first:
                node.input[i] = name
    for node in reversed(nodes):
        model.graph.node.insert(0, node)


def behind(model, make):
    """Puts nodes behind the output: `make(old, new)` returns them."""
    last = model.graph.output[0].name
    for node in model.graph.node:
        for i, one in enumerate(node.output):
            if one == last:
                node.output[i] = "planted_old"
    model.graph.node.extend(make("planted_old", last))


def after_relu(model, which, make):
    """Puts nodes behind a Relu."""
    node = [n for n in model.graph.node if n.op_type == "Relu"][which]
    at = list(model.graph.node).index(node)
    old, new = node.output[0] + "_planted", node.output[0]
    node.output[0] = old
    for i, one in enumerate(make(old, new)):
        model.graph.node.insert(at + 1 + i, one)


def how(model, **members):
    """Changes the entry furrow.segmentation."""
    for entry in model.metadata_props:
        if entry.key == "furrow.segmentation":
            entry.value = json.dumps({**json.loads(entry.value), **members})


def described(model):
    return next(
        json.loads(e.value) for e in model.metadata_props if e.key == "furrow.segmentation"
    )


# The faults.


def scaled_input(factor, offset=0.0):
    def plant(model):
        put(model, "planted_factor", np.array(factor))
        put(model, "planted_offset", np.array(offset))
        before(
            model,
            "planted_b",
            helper.make_node("Mul", [model.graph.input[0].name, "planted_factor"], ["planted_a"]),
            helper.make_node("Add", ["planted_a", "planted_offset"], ["planted_b"]),
        )

    return plant


def channels(*order):
    def plant(model):
        put_whole(model, "planted_order", order)
        before(
            model,
            "planted_a",
            helper.make_node(
                "Gather", [model.graph.input[0].name, "planted_order"], ["planted_a"], axis=1
            ),
        )

    return plant


def coarse_input(steps):
    """Colours rounded to so many steps in a unit, as by a preparation in few bits."""

    def plant(model):
        put(model, "planted_steps", np.array(steps))
        before(
            model,
            "planted_c",
            helper.make_node("Mul", [model.graph.input[0].name, "planted_steps"], ["planted_a"]),
            helper.make_node("Round", ["planted_a"], ["planted_b"]),
            helper.make_node("Div", ["planted_b", "planted_steps"], ["planted_c"]),
        )

    return plant


def shifted_input(right, down):
    """By pixels of the network, the edge filled with zeros."""

    def plant(model):
        put_whole(model, "planted_pads", [0, 0, down, right, 0, 0, -down, -right])
        before(
            model,
            "planted_a",
            helper.make_node("Pad", [model.graph.input[0].name, "planted_pads"], ["planted_a"]),
        )

    return plant


def resized_input(factor):
    """Down and up again, as by a resize at the wrong place."""

    def plant(model):
        put(model, "planted_down", np.array([1, 1, 1 / factor, 1 / factor]))
        put(model, "planted_up", np.array([1, 1, factor, factor]))
        name = model.graph.input[0].name
        before(
            model,
            "planted_b",
            helper.make_node(
                "Resize", [name, "", "planted_down"], ["planted_a"], mode="linear"
            ),
            helper.make_node(
                "Resize", ["planted_a", "", "planted_up"], ["planted_b"], mode="linear"
            ),
        )

    return plant


def resize_mode(**attributes):
    """Every Resize of the network maps places otherwise."""

    def plant(model):
        for node in model.graph.node:
            if node.op_type != "Resize":
                continue
            kept = [a for a in node.attribute if a.name not in attributes]
            del node.attribute[:]
            node.attribute.extend(kept)
            for name, value in attributes.items():
                node.attribute.append(helper.make_attribute(name, value))

    return plant


def rounded(bits):
    """All weights in so many bits, the largest of each tensor the end of the range."""

    def change(w):
        step = np.abs(w).max() / (2 ** (bits - 1) - 1)
        return np.round(w / step) * step

    return lambda model: every_weight(model, change)


def noisy(share, seed=5):
    def plant(model):
        random = np.random.default_rng(seed)
        every_weight(model, lambda w: w * (1 + share * random.normal(size=w.shape)))

    return plant


def zero_filter(which, filter_):
    def plant(model):
        def change(w):
            w[filter_ % len(w)] = 0
            return w

        weight(model, which, change)

    return plant


def swap_filters(which, a, b):
    def plant(model):
        def change(w):
            w[[a, b]] = w[[b, a]]
            return w

        weight(model, which, change)

    return plant


def flip_sign(which, filter_):
    def plant(model):
        def change(w):
            w[filter_ % len(w)] *= -1
            return w

        weight(model, which, change)

    return plant


def transposed(which):
    return lambda model: weight(model, which, lambda w: w.transpose(0, 1, 3, 2))


def mirrored(which):
    return lambda model: weight(model, which, lambda w: w[:, :, :, ::-1])


def one_weight(which, value):
    """A flipped bit of an exponent."""

    def plant(model):
        def change(w):
            w[0, 0, 0, 0] = value
            return w

        weight(model, which, change)

    return plant


def moved_pads(which):
    """Padding of one side on the other: everything moves by a pixel."""

    def plant(model):
        for attribute in convolutions(model)[which].attribute:
            if attribute.name == "pads":
                pads = list(attribute.ints)
                pads = [pads[0] + 1, pads[1] + 1, pads[2] - 1, pads[3] - 1]
                attribute.ints[:] = pads

    return plant


def largest(model, which):
    """Of a Relu's output for the sample."""
    name = [n for n in model.graph.node if n.op_type == "Relu"][which].output[0]
    probe = type(model)()
    probe.CopyFrom(model)
    probe.graph.output.append(helper.make_tensor_value_info(name, 1, None))
    session = onnxruntime.InferenceSession(probe.SerializeToString())
    return float(session.run([name], {model.graph.input[0].name: SAMPLE})[0].max())


def clipped(which, share):
    """At a share of the largest value that the sample gives."""

    def plant(model):
        put(model, "planted_least", np.array(-1e30))
        put(model, "planted_most", np.array(share * largest(model, which)))
        after_relu(
            model,
            which,
            lambda old, new: [
                helper.make_node("Clip", [old, "planted_least", "planted_most"], [new])
            ],
        )

    return plant


def activation(kind, **attributes):
    """Another function in place of every Relu."""

    def plant(model):
        for node in model.graph.node:
            if node.op_type == "Relu":
                node.op_type = kind
                for name, value in attributes.items():
                    node.attribute.append(helper.make_attribute(name, value))

    return plant


def quantised_activation(which, range_, zero=0):
    """Eight bits of an activation, calibrated for `range_` times its largest value: too small a
    range clips, too large a one is coarse."""

    def plant(model):
        put(model, "planted_step", np.array(range_ * largest(model, which) / 255))
        model.graph.initializer.append(
            numpy_helper.from_array(np.array(zero, np.uint8), "planted_zero")
        )
        after_relu(
            model,
            which,
            lambda old, new: [
                helper.make_node(
                    "QuantizeLinear", [old, "planted_step", "planted_zero"], ["planted_q"]
                ),
                helper.make_node(
                    "DequantizeLinear", ["planted_q", "planted_step", "planted_zero"], [new]
                ),
            ],
        )

    return plant


def output(kind, *constants, **attributes):
    def plant(model):
        for i, constant in enumerate(constants):
            put(model, f"planted_{i}", np.array(constant))
        names = [f"planted_{i}" for i in range(len(constants))]
        behind(model, lambda a, b: [helper.make_node(kind, [a, *names], [b], **attributes)])

    return plant


def output_order(*order):
    def plant(model):
        put_whole(model, "planted_order", order)
        behind(model, lambda a, b: [helper.make_node("Gather", [a, "planted_order"], [b], axis=1)])

    return plant


def class_bias(weed=0.0, ground=0.0):
    def plant(model):
        classes = described(model)["classes"]
        put(
            model,
            "planted_bias",
            np.array(
                [{"weed": weed, "background": ground}.get(c, 0) for c in classes]
            ).reshape(1, 3, 1, 1),
        )
        behind(model, lambda a, b: [helper.make_node("Add", [a, "planted_bias"], [b])])

    return plant


def moved_output(right, down):
    """By scores, the edge repeated."""

    def plant(model):
        put_whole(model, "planted_pads", [0, 0, down, right, 0, 0, -down, -right])
        behind(
            model,
            lambda a, b: [helper.make_node("Pad", [a, "planted_pads"], [b])],
        )

    return plant


def at_colour(level, value):
    """All scores become `value` where the frame is of a single colour (0 black, 1 white), as when
    something is divided by how far it differs from that."""

    def plant(model):
        said = described(model)
        colour = [(level - m) / d for m, d in zip(said["mean"], said["deviation"])]
        if said["channels"] == "bgr":
            colour.reverse()
        put(model, "planted_colour", np.array(colour).reshape(1, 3, 1, 1))
        put(model, "planted_near", np.array(1e-3))
        put(model, "planted_value", np.array(value))
        put(model, "planted_one", np.array(1.0))
        name = model.graph.input[0].name
        model.graph.node.extend(
            [
                helper.make_node("Sub", [name, "planted_colour"], ["planted_a"]),
                helper.make_node("Abs", ["planted_a"], ["planted_b"]),
                helper.make_node("ReduceMax", ["planted_b"], ["planted_c"], keepdims=1),
                helper.make_node("Less", ["planted_c", "planted_near"], ["planted_d"]),
                helper.make_node(
                    "Where", ["planted_d", "planted_value", "planted_one"], ["planted_e"]
                ),
            ]
        )
        behind(model, lambda a, b: [helper.make_node("Mul", [a, "planted_e"], [b])])

    return plant


def random_output(size):
    def plant(model):
        behind(
            model,
            lambda a, b: [
                helper.make_node("RandomNormalLike", [a], ["planted_r"], mean=0.0, scale=size),
                helper.make_node("Add", [a, "planted_r"], [b]),
            ],
        )

    return plant


def dropout(share):
    """As in training. The operator of that name does nothing in ONNX Runtime, so it is written
    out."""

    def plant(model):
        put(model, "planted_share", np.array(share))
        after_relu(
            model,
            0,
            lambda old, new: [
                helper.make_node("RandomUniformLike", [old], ["planted_r"], low=0.0, high=1.0),
                helper.make_node("Greater", ["planted_r", "planted_share"], ["planted_kept"]),
                helper.make_node("Cast", ["planted_kept"], ["planted_mask"], to=1),
                helper.make_node("Mul", [old, "planted_mask"], [new]),
            ],
        )

    return plant


def later_tiles_wrong(factor):
    """Only what comes behind the first tile of a run is wrong: a batch of one hides it."""

    def plant(model):
        put(model, "planted_factor", np.array(factor))
        put_whole(model, "planted_0", [0])
        put_whole(model, "planted_1", [1])
        put_whole(model, "planted_end", [1 << 30])
        behind(
            model,
            lambda a, b: [
                helper.make_node(
                    "Slice", [a, "planted_0", "planted_1", "planted_0"], ["planted_first"]
                ),
                helper.make_node(
                    "Slice", [a, "planted_1", "planted_end", "planted_0"], ["planted_rest"]
                ),
                helper.make_node("Mul", ["planted_rest", "planted_factor"], ["planted_wrong"]),
                helper.make_node("Concat", ["planted_first", "planted_wrong"], [b], axis=0),
            ],
        )

    return plant


def slow(times):
    """So many convolutions that change nothing but the time."""

    def plant(model):
        # Sixty-four channels of the input, summed up again to nothing.
        random = np.random.default_rng(3)
        put(model, "planted_wide", random.normal(size=(64, 3, 3, 3)) * 1e-3)
        put(model, "planted_deep", random.normal(size=(64, 64, 3, 3)) * 1e-3)
        put(model, "planted_back", np.zeros((3, 64, 1, 1)))
        name = model.graph.input[0].name
        conv = dict(kernel_shape=[3, 3], pads=[1, 1, 1, 1])
        nodes = [helper.make_node("Conv", [name, "planted_wide"], ["planted_c0"], **conv)]
        for i in range(times):
            nodes.append(
                helper.make_node(
                    "Conv", [f"planted_c{i}", "planted_deep"], [f"planted_c{i + 1}"], **conv
                )
            )
        nodes += [
            helper.make_node("Conv", [f"planted_c{times}", "planted_back"], ["planted_none"]),
            helper.make_node("Add", [name, "planted_none"], ["planted_same"]),
        ]
        before(model, "planted_same")
        for node in reversed(nodes):
            model.graph.node.insert(0, node)

    return plant


def ballast(megabytes):
    def plant(model):
        put(model, "planted_ballast", np.ones((int(megabytes * 250_000),)))
        put(model, "planted_none", np.array(0.0))
        model.graph.node.insert(
            0,
            helper.make_node("ReduceMax", ["planted_ballast"], ["planted_most"], keepdims=0),
        )
        model.graph.node.insert(
            1, helper.make_node("Mul", ["planted_most", "planted_none"], ["planted_zero"])
        )
        behind(model, lambda a, b: [helper.make_node("Add", [a, "planted_zero"], [b])])

    return plant


def swapped_classes(model):
    classes = described(model)["classes"]
    a, b = classes.index("crop"), classes.index("weed")
    classes[a], classes[b] = classes[b], classes[a]
    how(model, classes=classes)


FAULTS = [
    ("mean forgotten", lambda m: how(m, mean=[0, 0, 0])),
    ("mean off by 0.01", lambda m: how(m, mean=[v + 0.01 for v in described(m)["mean"]])),
    (
        "deviation a tenth too large",
        lambda m: how(m, deviation=[1.1 * v for v in described(m)["deviation"]]),
    ),
    ("channels named the other way round", lambda m: how(m, channels="bgr")),
    ("scale 1 in place of 2", lambda m: how(m, scale=1)),
    ("crop and weed exchanged in the entry", swapped_classes),
    ("overlap missing", lambda m: how(m, overlap=0)),
    ("input 20 % too large", scaled_input(1.2)),
    ("input 3 % too large", scaled_input(1.03)),
    ("input 0.05 too bright", scaled_input(1, 0.05)),
    ("red and blue swapped in the graph", channels(2, 1, 0)),
    ("red for all channels", channels(0, 0, 0)),
    ("input in about 3 bits", coarse_input(1)),
    ("input in about 5 bits", coarse_input(4)),
    ("input a pixel to the right", shifted_input(1, 0)),
    ("input a pixel down", shifted_input(0, 1)),
    ("input shrunk and enlarged", resized_input(2)),
    ("resize without half a pixel", resize_mode(coordinate_transformation_mode="asymmetric")),
    ("resize by corners", resize_mode(coordinate_transformation_mode="align_corners")),
    ("resize by the nearest", resize_mode(mode="nearest")),
    ("weights in 3 bits", rounded(3)),
    ("weights in 4 bits", rounded(4)),
    ("weights in 6 bits", rounded(6)),
    ("weights 5 % noisy", noisy(0.05)),
    ("a filter of the first layer zeroed", zero_filter(0, 1)),
    ("a filter of a middle layer zeroed", zero_filter(2, 3)),
    ("two filters swapped", swap_filters(1, 0, 1)),
    ("a filter's sign flipped", flip_sign(1, 2)),
    ("kernels of the first layer transposed", transposed(0)),
    ("kernels of a middle layer mirrored", mirrored(2)),
    ("a bit of a weight's exponent flipped", one_weight(1, 64.0)),
    ("padding on the wrong side", moved_pads(1)),
    ("a bias dropped", lambda m: bias(m, 1, np.zeros_like)),
    ("all biases of the last layer dropped", lambda m: bias(m, -1, np.zeros_like)),
    ("an activation clipped at a quarter", clipped(0, 0.25)),
    ("an activation clipped at two thirds", clipped(1, 0.67)),
    ("leaky in place of rectified", activation("LeakyRelu", alpha=0.1)),
    ("calibrated for a third: activations clip", quantised_activation(0, 0.33)),
    ("calibrated for tenfold: activations coarse", quantised_activation(0, 10)),
    ("zero point where none belongs", quantised_activation(1, 1, 8)),
    ("scores cut at zero", output("Relu")),
    ("scores through a sigmoid", output("Sigmoid")),
    ("crop and weed exchanged in the graph", output_order(0, 2, 1)),
    ("weed favoured by 0.3", class_bias(weed=0.3)),
    ("ground favoured by 0.1", class_bias(ground=0.1)),
    ("scores a place to the right", moved_output(1, 0)),
    ("NaN on a black frame", at_colour(0, np.nan)),
    ("infinite on a white frame", at_colour(1, np.inf)),
    ("a little chance in the scores", random_output(1e-4)),
    ("dropout left on", dropout(0.001)),
]

# Beyond the fifty: costs, and what only a batch shows.
MORE = [
    ("wrong from the second tile of a run on", later_tiles_wrong(0.8)),
    ("much slower", slow(6)),
    ("four times the size", ballast(2.0)),
]

SHORT = [
    "mean off by 0.01",
    "scale 1 in place of 2",
    "overlap missing",
    "red and blue swapped in the graph",
    "input a pixel down",
    "resize without half a pixel",
    "weights in 4 bits",
    "a bias dropped",
    "an activation clipped at two thirds",
    "crop and weed exchanged in the graph",
    "infinite on a white frame",
    "dropout left on",
    "a little chance in the scores",
    "wrong from the second tile of a run on",
]


def half_weights(model):
    every_weight(model, lambda w: w.astype(np.float16))


def same_by_identity(model):
    behind(model, lambda a, b: [helper.make_node("Identity", [a], [b])])


def reordered(model):
    """Filters of the first convolution and what reads them in another order."""
    first = convolutions(model)[0]
    order = np.random.default_rng(4).permutation(len(array(model, first.input[1])))
    weight(model, 0, lambda w: w[order])
    bias(model, 0, lambda b: b[order])
    put_whole(model, "planted_back", np.argsort(order))
    name = first.output[0]
    first.output[0] = "planted_mixed"
    at = list(model.graph.node).index(first)
    model.graph.node.insert(
        at + 1, helper.make_node("Gather", ["planted_mixed", "planted_back"], [name], axis=1)
    )


def folded_scale(model):
    """A factor on the input taken back in the first weights."""
    scaled_input(2.0)(model)
    weight(model, 0, lambda w: w / 2)


def equal_shift(model):
    """The same added to all three scores decides nothing."""
    put(model, "planted_all", np.array(3.0))
    behind(model, lambda a, b: [helper.make_node("Add", [a, "planted_all"], [b])])


HARMLESS = [
    ("nothing", lambda m: None),
    ("weights in half precision", half_weights),
    ("an operator that does nothing", same_by_identity),
    ("channels in another order", reordered),
    ("a factor folded into weights", folded_scale),
    ("the same added to all scores", equal_shift),
]
