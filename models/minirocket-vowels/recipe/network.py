"""MiniRocket as ONNX: fixed convolutions, and how often each is above a threshold.

After Dempster, Schmidt and Webb, "MiniRocket: A Very Fast (Almost) Deterministic
Transform for Time Series Classification" (2021), written from the paper: 84 kernels
of nine weights, three of them 2 and the others -1, at several dilations. A feature
is the share of a window's steps at which a kernel's output is above a threshold.
"""

from __future__ import annotations

from itertools import combinations

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

WIDTH = 9
PATTERNS = list(combinations(range(WIDTH), 3))
OPSET = 17
IR_VERSION = 8


class NetworkWriter:
    """Collects ONNX nodes and constants; `window` [windows, channels, time] is the input."""

    def __init__(self, channels: int):
        self.channels = channels
        self.nodes: list[onnx.NodeProto] = []
        self.constants: list[onnx.TensorProto] = []

    def constant(self, name: str, value) -> str:
        self.constants.append(numpy_helper.from_array(np.asarray(value), name))
        return name

    def node(self, kind: str, inputs: list[str], name: str, **attributes) -> str:
        self.nodes.append(helper.make_node(kind, inputs, [name], name, **attributes))
        return name

    def model(self, outputs: dict[str, list]) -> onnx.ModelProto:
        """What has been written so far, with these outputs and their shapes."""
        graph = helper.make_graph(
            self.nodes,
            "minirocket",
            [
                helper.make_tensor_value_info(
                    "window", TensorProto.FLOAT, ["windows", self.channels, "time"]
                )
            ],
            [
                helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)
                for name, shape in outputs.items()
            ],
            self.constants,
        )
        model = helper.make_model(
            graph,
            opset_imports=[helper.make_opsetid("", OPSET)],
            ir_version=IR_VERSION,
            producer_name="sandpiper",
        )
        onnx.checker.check_model(model, full_check=True)
        return model


def dilations(longest: int, most: int = 8) -> list[int]:
    """From 1 to the largest at which a kernel still fits into the longest window."""
    largest = max((longest - 1) / (WIDTH - 1), 1)
    return sorted({int(d) for d in np.logspace(0, np.log2(largest), most, base=2)})


def random_kernels(channels: int, scale: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Float32 [84, channels, 9]: each pattern sees a few random channels, scaled to be alike."""
    kernels = np.zeros((len(PATTERNS), channels, WIDTH), np.float32)
    for kernel, pattern in zip(kernels, PATTERNS):
        weights = np.full(WIDTH, -1, np.float32)
        weights[list(pattern)] = 2
        count = int(2 ** rng.uniform(0, np.log2(min(channels, WIDTH) + 1)))
        for channel in rng.choice(channels, count, replace=False):
            kernel[channel] = weights / scale[channel]
    return kernels


def convolve(net: NetworkWriter, kernels: np.ndarray, dilation: int) -> str:
    """The kernels' outputs at every step, [windows, 84, time]; beyond its ends a window is 0."""
    name = f"dilation{dilation}"
    reach = dilation * (WIDTH // 2)
    return net.node(
        "Conv",
        ["window", net.constant(f"{name}.kernels", kernels)],
        name,
        kernel_shape=[WIDTH],
        dilations=[dilation],
        pads=[reach, reach],
    )


def shares_above(net: NetworkWriter, convolved: str, thresholds: np.ndarray) -> str:
    """For thresholds [84, n]: features [windows, 84 n], each from 0 to 1."""
    if not any(constant.name == "steps" for constant in net.constants):
        net.constant("steps", np.array([2], np.int64))
        net.constant("flat", np.array([0, -1], np.int64))
    name = f"{convolved}.features"
    wide = net.node("Unsqueeze", [convolved, "steps"], f"{convolved}.wide")
    limits = net.constant(f"{convolved}.thresholds", thresholds[None, :, :, None])
    above = net.node("Greater", [wide, limits], f"{convolved}.above")
    ones = net.node("Cast", [above], f"{convolved}.ones", to=TensorProto.FLOAT)
    shares = net.node("ReduceMean", [ones], f"{convolved}.shares", axes=[3], keepdims=0)
    return net.node("Reshape", [shares, "flat"], name)
