#!/usr/bin/env python3
"""Score and time the published graphs beside the built ones, by greedy loops over ONNX Runtime alone.

    python evaluate.py --source moonshine-js/dist/model/tiny/quantized --built ../1 --clips DIR

DIR holds 16 kHz mono WAV files and `transcripts.tsv`, tab-separated, with the columns `file` and `transcript`. Clips
over 30 s are left out. Each clip is heard as it is and, for the second number, in five versions more.
"""

from __future__ import annotations

import argparse
import csv
import re
import time
import wave
from math import ceil
from pathlib import Path

import numpy as np
import onnxruntime

RATE = 16_000
LAYERS = [f"{layer}.{{}}.{part}" for layer in range(6) for part in ("key", "value")]


def session(path: Path) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    return onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])


def run(session: onnxruntime.InferenceSession, feeds: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    return dict(zip((output.name for output in session.get_outputs()), session.run(None, feeds)))


class Loop:
    """The seconds and the steps of all that it has heard."""

    def __init__(self, encoder: Path, decoder: Path) -> None:
        self.encoder, self.decoder = session(encoder), session(decoder)
        self.encoding = self.decoding = self.steps = 0

    def transcribe(self, samples: np.ndarray) -> list[int]:
        started = time.perf_counter()
        feeds = self.begin(run(self.encoder, {"input_values": samples[None]}))
        encoded = time.perf_counter()
        tokens, token = [], 1
        while len(tokens) < ceil(len(samples) / RATE * 6.5):
            outputs = run(self.decoder, {"input_ids": np.array([[token]]), **feeds})
            self.steps += 1
            token = int(outputs["logits"].argmax())
            if token == 2:
                break
            tokens.append(token)
            feeds.update(self.passed_on(outputs, first=len(tokens) == 1))
        self.encoding += encoded - started
        self.decoding += time.perf_counter() - encoded
        return tokens


class Built(Loop):
    def begin(self, heard: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
        return {**heard, "past": np.zeros((12, 8, 0, 36), np.float32)}

    def passed_on(self, outputs: dict[str, np.ndarray], first: bool) -> dict[str, np.ndarray]:
        return {"past": outputs["present"]}


class Published(Loop):
    def begin(self, heard: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
        empty = np.zeros((0, 8, 1, 36), np.float32)
        caches = {f"past_key_values.{name.format(half)}": empty for name in LAYERS for half in ("decoder", "encoder")}
        return {"encoder_hidden_states": heard["last_hidden_state"], "use_cache_branch": np.array([False]), **caches}

    def passed_on(self, outputs: dict[str, np.ndarray], first: bool) -> dict[str, np.ndarray]:
        names = [name.format(half) for name in LAYERS for half in (("decoder", "encoder") if first else ("decoder",))]
        caches = {f"past_key_values.{name}": outputs[f"present.{name}"] for name in names}
        return {"use_cache_branch": np.array([True]), **caches}


def versions(samples: np.ndarray) -> list[np.ndarray]:
    """The same speech, for other roundings: some samples later or earlier, or quieter."""
    before = np.concatenate([np.zeros(555, np.float32), samples])
    return [samples, samples[37:], samples * np.float32(0.8), before, samples * np.float32(0.55), samples[111:-200]]


def text(tokens: list[int], vocabulary: list[bytes]) -> str:
    parts = [vocabulary[token] for token in tokens]
    parts = [bytes([int(part[3:5], 16)]) if re.fullmatch(b"<0x..>", part) else part for part in parts]
    joined = b"".join(part for part in parts if not re.fullmatch(b"<.+>", part))
    return joined.decode(errors="replace").replace("▁", " ")


def word_errors(said: str, reference: str) -> tuple[int, int]:
    given, wanted = (re.findall(r"[\w']+", each.lower()) for each in (said, reference))
    row = list(range(len(wanted) + 1))
    for i, word in enumerate(given):
        following = [i + 1]
        for j, other in enumerate(wanted):
            following.append(min(row[j] + (word != other), row[j + 1] + 1, following[j] + 1))
        row = following
    return row[-1], len(wanted)


def read_clips(folder: Path) -> list[tuple[np.ndarray, str]]:
    clips = []
    for row in csv.DictReader((folder / "transcripts.tsv").open(encoding="utf-8"), delimiter="\t"):
        with wave.open(str(folder / row["file"])) as file:
            samples = np.frombuffer(file.readframes(file.getnframes()), np.int16).astype(np.float32) / 32_768
        if len(samples) <= 30 * RATE:
            clips.append((samples, row["transcript"]))
    return clips


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("source", "built", "clips"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    options = parser.parse_args()
    vocabulary = (options.built / "vocabulary.txt").read_bytes().split(b"\n")
    clips = read_clips(options.clips)
    loops = {
        "published": Published(options.source / "encoder_model.onnx", options.source / "decoder_model_merged.onnx"),
        "built": Built(options.built / "encoder.onnx", options.built / "decoder.onnx"),
    }
    errors = {name: np.zeros(6, int) for name in loops}
    words = 0
    for samples, reference in clips:
        for index, version in enumerate(versions(samples)):
            for name, loop in loops.items():
                wrong, words_here = word_errors(text(loop.transcribe(np.ascontiguousarray(version)), vocabulary), reference)
                errors[name][index] += wrong
        words += words_here
    for name, loop in loops.items():
        print(
            f"{name}: {loop.encoding / 6:.2f} s of encoder, {loop.decoding / loop.steps * 1000:.2f} ms a step,"
            f" {(loop.encoding + loop.decoding) / 6:.2f} s in all; wrong {errors[name][0]} of {words},"
            f" in all versions {errors[name].sum()} of {6 * words}"
        )


if __name__ == "__main__":
    main()
