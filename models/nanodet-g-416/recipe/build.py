#!/usr/bin/env python3
"""Build the int8 NanoDet-g-416 detector from its published float16 weights.

    python build.py --weights models --calibration-pictures pictures --output out

Same packages and same pictures give the same bytes on the same kind of CPU.
"""

from __future__ import annotations

import argparse
import hashlib
import logging
import sys
from pathlib import Path

import onnx
from onnxruntime.quantization import (
    CalibrationDataReader,
    CalibrationMethod,
    QuantFormat,
    QuantType,
    quantize_static,
)

from network import float_network, read_weights
from pictures import picture_files, pieces, place, read_picture

WEIGHTS_SHA256 = {
    "nanodet.json": "4495eb0ec74bd33ee40a79aa06ebc1ccd7e28be1bf7355d93ffb570b8d77f45d",
    "nanodet.bin": "5d0e4f8c4eded666287330be03017d494787d35f523fd77ca23f59db984a4ad9",
}


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


class PieceReader(CalibrationDataReader):
    """Feeds pieces of pictures to the calibrator."""

    def __init__(self, files: list[Path]):
        self._squares = (
            place(piece).pixels for file in files for piece in pieces(read_picture(file))
        )

    def get_next(self):
        square = next(self._squares, None)
        return None if square is None else {"input": square}


def stays_float(name: str) -> bool:
    """What int8 costs most of the score: everything up to the first stage, and the outputs.

    The last convolutions are among the latter: their outputs are both scores and boxes.
    """
    first = ("planes", "values", "centred", "pool", "stage0")
    last = ("head", "tail", "classes", "boxes")
    number = int(name.split(".")[0][4:]) if name.startswith("conv") else None
    if number is None:
        return name.startswith(first + last)
    return number <= 4 or number in (29, 31, 33)


def quantise(source: Path, target: Path, files: list[Path]) -> None:
    """Static quantisation: uint8 activations, int8 weights per channel.

    Activation ranges are the least and greatest values that the pieces give.
    """
    nodes = [node.name for node in onnx.load(source).graph.node]
    quantize_static(
        source,
        target,
        PieceReader(files),
        quant_format=QuantFormat.QDQ,
        per_channel=True,
        activation_type=QuantType.QUInt8,
        weight_type=QuantType.QInt8,
        calibrate_method=CalibrationMethod.MinMax,
        nodes_to_exclude=[name for name in nodes if stays_float(name)],
    )
    onnx.checker.check_model(onnx.load(target), full_check=True)


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Build the int8 NanoDet-g-416 detector.")
    parser.add_argument(
        "--weights",
        type=Path,
        required=True,
        metavar="DIR",
        help="folder with nanodet.json and nanodet.bin",
    )
    parser.add_argument(
        "--calibration-pictures",
        type=Path,
        required=True,
        metavar="DIR",
        help="pictures to choose activation ranges from (JPEG, PNG or WebP)",
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
    for name, digest in WEIGHTS_SHA256.items():
        if sha256(arguments.weights / name) != digest:
            sys.exit(f"{arguments.weights / name} is not the expected file")
    files = picture_files(arguments.calibration_pictures)
    if not files:
        sys.exit(f"no pictures in {arguments.calibration_pictures}")
    arguments.output.mkdir(parents=True, exist_ok=True)
    target = arguments.output / "model.onnx"
    float_target = arguments.output / "model.float.onnx"

    onnx.save(float_network(read_weights(arguments.weights)), float_target)
    quantise(float_target, target, files)
    for path in (float_target, target):
        print(f"{path.name}: {path.stat().st_size} bytes, sha256 {sha256(path)}")


if __name__ == "__main__":
    main()
