#!/usr/bin/env python3
"""Make the sample: an astronaut and a cat, side by side.

    python sample.py photo-source/skimage/data sample.jpg
"""

import sys
from pathlib import Path

from PIL import Image

HEIGHT = 312


def main(folder: Path, target: Path) -> None:
    parts = []
    for name in ("astronaut.png", "chelsea.png"):
        with Image.open(folder / name) as opened:
            width = round(opened.width * HEIGHT / opened.height)
            parts.append(opened.convert("RGB").resize((width, HEIGHT), Image.Resampling.LANCZOS))
    sample = Image.new("RGB", (sum(part.width for part in parts), HEIGHT))
    left = 0
    for part in parts:
        sample.paste(part, (left, 0))
        left += part.width
    sample.save(target, quality=88)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
