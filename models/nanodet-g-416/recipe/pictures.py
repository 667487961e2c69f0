"""Pictures as the network takes them, and pieces of pictures to calibrate on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

from network import SIDE

KINDS = {".jpg", ".jpeg", ".png", ".webp"}


@dataclass
class Placed:
    """A picture in the middle of a black square, and where it lies there."""

    pixels: np.ndarray
    left: int
    top: int
    scale: float


def read_picture(path: Path) -> Image.Image:
    with Image.open(path) as opened:
        return ImageOps.exif_transpose(opened).convert("RGB")


def place(picture: Image.Image) -> Placed:
    """`pixels` are uint8 [1, 416, 416, 3]; the longer side of the picture fills the square."""
    scale = SIDE / max(picture.size)
    width, height = (max(1, round(side * scale)) for side in picture.size)
    left, top = (SIDE - width) // 2, (SIDE - height) // 2
    square = Image.new("RGB", (SIDE, SIDE))
    square.paste(picture.resize((width, height), Image.Resampling.BILINEAR), (left, top))
    return Placed(np.asarray(square)[None], left, top, scale)


def picture_files(folder: Path) -> list[Path]:
    """The pictures of a folder in name order."""
    return sorted(path for path in folder.iterdir() if path.suffix.lower() in KINDS)


def pieces(picture: Image.Image) -> Iterator[Image.Image]:
    """The whole, and pieces of three quarters and half its sides: corners and centre. Each mirrored too."""
    width, height = picture.size
    boxes = [(0, 0, width, height)]
    for share in (0.75, 0.5):
        w, h = int(width * share), int(height * share)
        for x, y in ((0, 0), (1, 0), (0, 1), (1, 1), (0.5, 0.5)):
            left, top = int((width - w) * x), int((height - h) * y)
            boxes.append((left, top, left + w, top + h))
    for box in boxes:
        piece = picture.crop(box)
        yield piece
        yield ImageOps.mirror(piece)
