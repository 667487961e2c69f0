"""YAMNet as float32 ONNX: MobileNet v1 on log-mel patches, its batch norms folded in."""

from __future__ import annotations

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from log_mel import BANDS, PATCH_FRAMES

CLASSES = 521
BATCH_NORM_EPSILON = 1e-4
OPSET = 17
IR_VERSION = 8
#: Strides of the depthwise convolutions, in the order of the layers from the second on.
STRIDES = (1, 2, 1, 2, 1, 2, 1, 1, 1, 1, 1, 2, 1)
LAYER = "layer-1/layer/_func/_yamnet/layer_with_weights-{}/{}/.ATTRIBUTES/VARIABLE_VALUE"


class NetworkWriter:
    """Collects nodes and constants while walking the checkpoint's layers in order."""

    def __init__(self, weights: dict[str, np.ndarray]):
        self.weights = weights
        self.layer = 0
        self.size = (PATCH_FRAMES, BANDS)
        self.nodes: list[onnx.NodeProto] = []
        self.constants: list[onnx.TensorProto] = []

    def weight(self, name: str) -> np.ndarray:
        return self.weights[LAYER.format(self.layer, name)].astype(np.float64)

    def constant(self, name: str, value: np.ndarray) -> str:
        value = np.ascontiguousarray(value, np.float32)
        self.constants.append(numpy_helper.from_array(value, name))
        return name

    def node(self, kind: str, inputs: list[str], name: str, **attributes) -> str:
        self.nodes.append(helper.make_node(kind, inputs, [name], name, **attributes))
        return name

    def conv(self, x: str, kernel_name: str, stride: int, name: str) -> str:
        """A convolution, the batch norm behind it folded in, and ReLU.

        Padding is TensorFlow's "same": where the total is odd the extra cell
        goes to the bottom and right.
        """
        kernel = self.weight(kernel_name)
        depthwise = kernel_name == "depthwise_kernel"
        kernel = kernel.transpose((2, 3, 0, 1) if depthwise else (3, 2, 0, 1))
        self.layer += 1
        beta, mean, variance = (
            self.weight(part) for part in ("beta", "moving_mean", "moving_variance")
        )
        self.layer += 1
        scale = 1 / np.sqrt(variance + BATCH_NORM_EPSILON)

        width = kernel.shape[-1]
        size = tuple(-(-side // stride) for side in self.size)
        total = [
            max((after - 1) * stride + width - before, 0)
            for before, after in zip(self.size, size)
        ]
        self.size = size
        inputs = [
            x,
            self.constant(f"{name}.weight", kernel * scale[:, None, None, None]),
            self.constant(f"{name}.bias", beta - mean * scale),
        ]
        x = self.node(
            "Conv",
            inputs,
            name,
            kernel_shape=[width, width],
            strides=[stride, stride],
            pads=[t // 2 for t in total] + [t - t // 2 for t in total],
            group=len(kernel) if depthwise else 1,
        )
        return self.node("Relu", [x], f"{name}.relu")


def float_network(weights: dict[str, np.ndarray]) -> onnx.ModelProto:
    net = NetworkWriter(weights)
    x = net.conv("patches", "kernel", 2, "layer1")
    for number, stride in enumerate(STRIDES, 2):
        x = net.conv(x, "depthwise_kernel", stride, f"layer{number}.depthwise")
        x = net.conv(x, "kernel", 1, f"layer{number}.pointwise")
    x = net.node("GlobalAveragePool", [x], "pool")
    x = net.node("Flatten", [x], "embedding", axis=1)
    inputs = [
        x,
        net.constant("classes.weight", net.weight("kernel").T),
        net.constant("classes.bias", net.weight("bias")),
    ]
    x = net.node("Gemm", inputs, "logits", transB=1)
    net.node("Sigmoid", [x], "scores")

    def port(name: str, shape: list[int]) -> onnx.ValueInfoProto:
        return helper.make_tensor_value_info(name, TensorProto.FLOAT, ["patch", *shape])

    graph = helper.make_graph(
        net.nodes,
        "yamnet",
        [port("patches", [1, PATCH_FRAMES, BANDS])],
        [port("scores", [CLASSES])],
        net.constants,
    )
    model = helper.make_model(
        graph,
        opset_imports=[helper.make_opsetid("", OPSET)],
        ir_version=IR_VERSION,
        producer_name="sandpiper",
    )
    onnx.checker.check_model(model, full_check=True)
    return model
