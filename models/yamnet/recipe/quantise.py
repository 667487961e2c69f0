"""YAMNet to int8: first the channels of each layer are made equally loud, then ranges are chosen."""

from __future__ import annotations

import copy
from pathlib import Path

import numpy as np
import onnx
import onnxruntime as ort
from onnx import numpy_helper
from onnxruntime.quantization import (
    CalibrationDataReader,
    CalibrationMethod,
    QuantFormat,
    QuantType,
    quantize_static,
)

BATCH = 16
#: Of a channel's largest values, and of all values of a layer; what is beyond saturates.
CHANNEL_PERCENTILE = 99.9
RANGE_PERCENTILE = 99.99
#: A channel that is never louder than this share of the loudest one is scaled as if it were.
FAINTEST = 1e-3


def equalise(model: onnx.ModelProto, patches: np.ndarray) -> onnx.ModelProto:
    """The same network, with each channel of each layer scaled to a like range.

    The activations of a layer share one range of 256 steps. Channels differ up
    to a hundredfold, and the faint ones would be left with a step or two. A
    factor passes through ReLU, so what one convolution multiplies a channel by,
    the next one takes back. Into a depthwise convolution that costs nothing,
    since its weights have a range for each channel; into a pointwise one, half
    of the ratio is left for its weights.
    """
    loudest = _loudest(model, patches)
    model = copy.deepcopy(model)
    tensors = {tensor.name: tensor for tensor in model.graph.initializer}
    weights = {name: numpy_helper.to_array(t).copy() for name, t in tensors.items()}
    convs = [node for node in model.graph.node if node.op_type == "Conv"]
    for conv, following, loud in zip(convs, convs[1:], loudest):
        kernel, bias = conv.input[1:3]
        behind = weights[following.input[1]]
        factor = np.maximum(loud, loud.max() * FAINTEST)
        depthwise = behind.shape[1] == 1
        if not depthwise:
            heavy = np.abs(behind).max((0, 2, 3))
            factor = np.sqrt(factor / np.maximum(heavy, heavy.max() * FAINTEST))
        factor = (factor / np.exp(np.log(factor).mean())).astype(np.float32)
        weights[kernel] /= factor[:, None, None, None]
        weights[bias] /= factor
        behind *= factor[:, None, None, None] if depthwise else factor[None, :, None, None]
    for name, tensor in tensors.items():
        tensor.CopyFrom(numpy_helper.from_array(weights[name], name))
    return model


def _loudest(model: onnx.ModelProto, patches: np.ndarray) -> list[np.ndarray]:
    """Of each ReLU, each channel's largest value, but for the loudest patches."""
    model = copy.deepcopy(model)
    names = [node.output[0] for node in model.graph.node if node.op_type == "Relu"]
    for name in names:
        model.graph.output.append(onnx.helper.make_empty_tensor_value_info(name))
    session = ort.InferenceSession(model.SerializeToString())
    peaks: list[list[np.ndarray]] = [[] for _ in names]
    for start in range(0, len(patches), BATCH):
        batch = {"patches": patches[start : start + BATCH]}
        for peak, values in zip(peaks, session.run(names, batch)):
            peak.append(values.max((2, 3)))
    return [
        np.percentile(np.concatenate(peak), CHANNEL_PERCENTILE, axis=0) for peak in peaks
    ]


class PatchReader(CalibrationDataReader):
    """Feeds full batches to the calibrator, which wants them all of one shape."""

    def __init__(self, patches: np.ndarray):
        full = len(patches) // BATCH * BATCH
        self._batches = iter(patches[:full].reshape(-1, BATCH, *patches.shape[1:]))

    def get_next(self):
        batch = next(self._batches, None)
        return None if batch is None else {"patches": batch}


def quantise(source: Path, target: Path, patches: np.ndarray) -> None:
    """uint8 activations, int8 weights per output channel. The last layer's sums stay float32."""
    quantize_static(
        source,
        target,
        PatchReader(patches),
        quant_format=QuantFormat.QDQ,
        per_channel=True,
        activation_type=QuantType.QUInt8,
        weight_type=QuantType.QInt8,
        calibrate_method=CalibrationMethod.Percentile,
        nodes_to_exclude=["scores"],
        extra_options={
            "CalibPercentile": RANGE_PERCENTILE,
            "OpTypesToExcludeOutputQuantization": ["Gemm"],
        },
    )
    onnx.checker.check_model(onnx.load(target), full_check=True)
