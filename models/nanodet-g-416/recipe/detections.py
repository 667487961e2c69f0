"""What the network's outputs mean: boxes, in pixels of the picture."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pictures import Placed

OVERLAP = 0.6


@dataclass
class Detection:
    label: int
    score: float
    box: np.ndarray  # left, top, right, bottom


def detections(
    outputs: list[np.ndarray], placed: Placed, size: tuple[int, int], threshold: float
) -> list[Detection]:
    """Best first; of boxes of a class that overlap by more than OVERLAP the best."""
    found: list[Detection] = []
    for score, label, box in zip(*outputs):
        if score < threshold:
            break
        box = (box - [placed.left, placed.top] * 2) / placed.scale
        box = box.clip(0, [*size, *size])
        if all(one.label != label or overlap(one.box, box) <= OVERLAP for one in found):
            found.append(Detection(int(label), float(score), box))
    return found


def overlap(a: np.ndarray, b: np.ndarray) -> float:
    """Intersection over union."""
    sides = np.minimum(a[2:], b[2:]) - np.maximum(a[:2], b[:2])
    shared = float(np.prod(sides.clip(0)))
    union = float(np.prod(a[2:] - a[:2]) + np.prod(b[2:] - b[:2])) - shared
    return shared / union if union > 0 else 0.0
