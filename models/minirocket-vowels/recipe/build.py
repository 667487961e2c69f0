#!/usr/bin/env python3
"""Train a classifier for windows of numbers and write it as ONNX.

Trained are thresholds and a ridge regression; the convolutions are fixed. By default
on the Japanese Vowels data that the PyPI package `sktime` carries; any other `.ts`
files of the UEA archive's form do as well:

    python build.py --output out
    python build.py --output out --train MINE_TRAIN.ts --test MINE_TEST.ts

Same packages and same data give the same bytes on the same kind of CPU.
"""

from __future__ import annotations

import argparse
import hashlib
import importlib.util
import sys
from pathlib import Path

import numpy as np
import onnx
import onnxruntime as ort

from network import PATTERNS, NetworkWriter, convolve, dilations, random_kernels, shares_above
from ridge import fit_ridge, fit_temperature
from series import read_series

DATA = "datasets/data/JapaneseVowels/JapaneseVowels_{}.ts"
DATA_SHA256 = {
    "TRAIN": "68a430eabd919cc77f40b1f5f3bc0dcafacc1486bca9260785aeb7d262cc78cd",
    "TEST": "b3d41d6a0ca3bcad3afb9ca7d4365382aa51341e2e58bae2a574babdda5b9462",
}
FEATURES = 4000
SEED = 1


def read(path: Path | None, part: str) -> tuple[list[np.ndarray], list[str]]:
    """The windows of a file, or of the package's own where none is given."""
    if path:
        return read_series(path)
    windows, speakers = read_series(packaged(part))
    return windows, [f"speaker {speaker}" for speaker in speakers]


def packaged(part: str) -> Path:
    """The data file in the installed package, its hash checked."""
    spec = importlib.util.find_spec("sktime")
    if spec is None or not spec.submodule_search_locations:
        sys.exit("sktime is not installed: see README.md")
    path = Path(spec.submodule_search_locations[0]) / DATA.format(part)
    if sha256(path) != DATA_SHA256[part]:
        sys.exit(f"{path} is not the expected data")
    return path


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def run_all(model: onnx.ModelProto, windows: list[np.ndarray]) -> list[list[np.ndarray]]:
    session = ort.InferenceSession(
        model.SerializeToString(), providers=["CPUExecutionProvider"]
    )
    return [session.run(None, {"window": window[None]}) for window in windows]


def train(
    windows: list[np.ndarray], labels: list[str], names: list[str], features: int
) -> onnx.ModelProto:
    """The whole network, from a window to scores that sum to 1, one for each name."""
    rng = np.random.default_rng(SEED)
    channels = len(windows[0])
    scale = np.maximum(np.concatenate(windows, axis=1).std(axis=1), 1e-6)
    steps = dilations(max(window.shape[1] for window in windows))
    net = NetworkWriter(channels)
    convolved = [convolve(net, random_kernels(channels, scale, rng), step) for step in steps]
    shape = ["windows", len(PATTERNS), "time"]
    outputs = run_all(net.model({name: shape for name in convolved}), windows)

    each = max(features // (len(steps) * len(PATTERNS)), 1)
    parts = [
        shares_above(net, name, choose_thresholds([one[i] for one in outputs], each, rng))
        for i, name in enumerate(convolved)
    ]
    net.node("Concat", parts, "features", axis=1)
    count = each * len(steps) * len(PATTERNS)
    rows = np.concatenate([one for (one,) in run_all(net.model({"features": ["windows", count]}), windows)])

    targets = np.array([names.index(label) for label in labels])
    weights, bias, held_out = fit_ridge(rows, targets, len(names))
    sharpness = fit_temperature(held_out, targets)
    inputs = [
        "features",
        net.constant("ridge.weights", (weights * sharpness).astype(np.float32)),
        net.constant("ridge.bias", (bias * sharpness).astype(np.float32)),
    ]
    net.node("Gemm", inputs, "margins")
    net.node("Softmax", ["margins"], "scores", axis=1)
    return net.model({"scores": ["windows", len(names)]})


def choose_thresholds(
    outputs: list[np.ndarray], each: int, rng: np.random.Generator
) -> np.ndarray:
    """Float32 [84, each]: quantiles of each kernel's output for one random window of the data."""
    kernels = outputs[0].shape[1]
    golden = (np.sqrt(5) + 1) / 2
    quantiles = (np.arange(1, kernels * each + 1) * golden % 1).reshape(each, kernels).T
    chosen = rng.integers(len(outputs), size=kernels)
    return np.stack(
        [np.quantile(outputs[one][0, k], quantiles[k]) for k, one in enumerate(chosen)]
    ).astype(np.float32)


def write_csv(window: np.ndarray, path: Path) -> None:
    """A line for each step, the channels in columns."""
    lines = [",".join(f"c{channel + 1}" for channel in range(len(window)))]
    lines += [",".join(f"{value:.6g}" for value in step) for step in window.T]
    path.write_text("\n".join(lines) + "\n")


def main() -> None:
    parser = argparse.ArgumentParser(description="Train a classifier for windows of numbers.")
    parser.add_argument("--train", type=Path, metavar="FILE", help="windows to learn from")
    parser.add_argument("--test", type=Path, metavar="FILE", help="windows to score it on")
    parser.add_argument("--features", type=int, default=FEATURES, metavar="N")
    parser.add_argument("--output", type=Path, required=True, metavar="DIR")
    arguments = parser.parse_args()
    arguments.output.mkdir(parents=True, exist_ok=True)

    windows, labels = read(arguments.train, "TRAIN")
    names = sorted(set(labels))
    model = train(windows, labels, names, arguments.features)
    path = arguments.output / "model.onnx"
    onnx.save(model, path)
    (arguments.output / "labels.txt").write_text("".join(f"{name}\n" for name in names))
    print(f"{path.name}: {path.stat().st_size} bytes, sha256 {sha256(path)}")

    windows, labels = read(arguments.test, "TEST")
    write_csv(windows[0], arguments.output / "sample.csv")
    found = [names[scores.argmax()] for (scores,) in run_all(model, windows)]
    hits = sum(one == label for one, label in zip(found, labels))
    print(f"{hits} of {len(windows)} windows right: {hits / len(windows):.2%}")


if __name__ == "__main__":
    main()
