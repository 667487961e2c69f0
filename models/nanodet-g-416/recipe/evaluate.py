#!/usr/bin/env python3
"""Hold the int8 detector to the float one: the same boxes on the same pictures?

    python evaluate.py out/model.float.onnx out/model.onnx pictures

A box has its counterpart where the other model gives one of the same class, with an
intersection over union of 0.9 or more and a score that differs by 0.05 at most. Boxes
of a score from 0.35 on count; their counterparts may have a little less.
`--boxes FILE` writes the float model's boxes as JSON, by file name.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np
import onnxruntime as ort

from detections import Detection, detections, overlap
from pictures import picture_files, place, read_picture

THRESHOLD = 0.35
SCORE_TOLERANCE = 0.05
LEAST_OVERLAP = 0.9


class Detector:
    def __init__(self, path: Path):
        self._session = ort.InferenceSession(path, providers=["CPUExecutionProvider"])

    def boxes(self, file: Path) -> list[Detection]:
        picture = read_picture(file)
        placed = place(picture)
        outputs = self._session.run(["scores", "classes", "boxes"], {"input": placed.pixels})
        return detections(outputs, placed, picture.size, THRESHOLD - SCORE_TOLERANCE)


def differences(of: list[Detection], among: list[Detection]) -> list[float]:
    """For each box that counts: how much its counterpart's score differs, NaN if it has none."""
    found = []
    for one in of:
        if one.score < THRESHOLD:
            continue
        same = [
            abs(other.score - one.score)
            for other in among
            if other.label == one.label and overlap(other.box, one.box) >= LEAST_OVERLAP
        ]
        found.append(min(same, default=np.nan))
    return found


def report(title: str, found: np.ndarray) -> None:
    kept = int((found <= SCORE_TOLERANCE).sum())
    print(
        f"{title}: {kept} of {len(found)} have their counterpart; "
        f"scores of the same boxes differ by {np.nanmean(found):.3f} on average, "
        f"{np.nanmax(found):.3f} at most"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description="Compare two detectors' boxes.")
    parser.add_argument("original", type=Path)
    parser.add_argument("model", type=Path)
    parser.add_argument("pictures", type=Path)
    parser.add_argument("--boxes", type=Path, metavar="FILE")
    arguments = parser.parse_args()

    original, model = Detector(arguments.original), Detector(arguments.model)
    forth, back, all_boxes = [], [], {}
    for file in picture_files(arguments.pictures):
        a, b = original.boxes(file), model.boxes(file)
        forth += differences(a, b)
        back += differences(b, a)
        all_boxes[file.name] = [
            {"label": one.label, "score": round(one.score, 4), "box": one.box.round(1).tolist()}
            for one in a
        ]
    report("boxes of the original", np.array(forth))
    report("boxes of the model", np.array(back))
    if arguments.boxes:
        arguments.boxes.write_text(json.dumps(all_boxes, indent=2) + "\n")


if __name__ == "__main__":
    main()
