"""Reads the weights of a TensorFlow checkpoint, without TensorFlow.

The index is a table of LevelDB: a footer that names a block of blocks, and in
each block keys that share a prefix with the one before. Its values are
protocol buffers that tell where in the data file a tensor lies.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np

FOOTER_BYTES = 48
FLOAT32 = 1


def read_checkpoint(prefix: Path) -> dict[str, np.ndarray]:
    """The float32 tensors of a checkpoint of one shard, by their names."""
    index = Path(f"{prefix}.index").read_bytes()
    data = Path(f"{prefix}.data-00000-of-00001").read_bytes()
    footer = index[-FOOTER_BYTES:]
    _, at = _varint(footer, 0)
    _, at = _varint(footer, at)
    tensors = {}
    for _, handle in _entries(index, *_handle(footer, at)):
        for key, value in _entries(index, *_handle(handle, 0)):
            fields = dict(_fields(value))
            if not key or fields.get(1) != FLOAT32:
                continue
            shape = [
                dict(_fields(dimension)).get(1, 0)
                for number, dimension in _fields(fields.get(2, b""))
                if number == 2
            ]
            start = fields.get(4, 0)
            flat = np.frombuffer(data[start : start + fields[5]], "<f4")
            tensors[key.decode()] = flat.reshape(shape)
    return tensors


def _handle(data: bytes, at: int) -> tuple[int, int]:
    offset, at = _varint(data, at)
    size, _ = _varint(data, at)
    return offset, size


def _entries(data: bytes, offset: int, size: int) -> Iterator[tuple[bytes, bytes]]:
    """The keys and values of a block."""
    if data[offset + size] != 0:
        raise ValueError("a compressed block, which TensorFlow does not write")
    block = data[offset : offset + size]
    restarts = int.from_bytes(block[-4:], "little")
    at, key = 0, b""
    while at < len(block) - 4 - 4 * restarts:
        shared, at = _varint(block, at)
        unshared, at = _varint(block, at)
        length, at = _varint(block, at)
        key = key[:shared] + block[at : at + unshared]
        at += unshared
        yield key, block[at : at + length]
        at += length


def _fields(message: bytes) -> Iterator[tuple[int, int | bytes]]:
    """The fields of a protocol buffer: their numbers and raw values."""
    at = 0
    while at < len(message):
        tag, at = _varint(message, at)
        kind = tag & 7
        if kind == 0:
            value, at = _varint(message, at)
        else:
            length = {1: 8, 5: 4}.get(kind)
            if length is None:
                length, at = _varint(message, at)
            value = message[at : at + length]
            at += length
        yield tag >> 3, value


def _varint(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            return value, at
