"""Labelled windows of numbers out of the `.ts` files of the UEA archive."""

from __future__ import annotations

from pathlib import Path

import numpy as np


def read_series(path: Path) -> tuple[list[np.ndarray], list[str]]:
    """Each window as float32 [channels, time], its own length kept, and its label.

    A line holds one window: channels parted by ":", values by ",", the label last.
    """
    windows, labels = [], []
    in_data = False
    for line in path.read_text(encoding="utf-8-sig").splitlines():
        line = line.strip()
        if in_data and line:
            *channels, label = line.split(":")
            values = [[float(value) for value in one.split(",")] for one in channels]
            windows.append(without_padding(np.array(values, np.float32)))
            labels.append(label.strip())
        in_data = in_data or line.lower() == "@data"
    return windows, labels


def without_padding(window: np.ndarray) -> np.ndarray:
    """Without the columns at the end in which every channel is missing."""
    present = np.flatnonzero(~np.isnan(window).all(axis=0))
    return np.ascontiguousarray(window[:, : present[-1] + 1])
