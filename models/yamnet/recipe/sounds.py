"""Sounds made by arithmetic, to choose ranges from, and the model's sample.

None is recorded, so that there is nothing to license and nothing to fetch.
"""

from __future__ import annotations

import wave
from pathlib import Path

import numpy as np

from log_mel import SAMPLE_RATE

SECONDS = 3
TIME = np.arange(SECONDS * SAMPLE_RATE) / SAMPLE_RATE
HIGHEST = 7_800.0
SEED = 7


def calibration_sounds(count: int) -> list[np.ndarray]:
    """Noise, strokes, sweeps, knocks, voices and chords, loud and quiet, and silence."""
    random = np.random.default_rng(SEED)
    makers = (_noise, _strokes, _sweep, _knocks, _voice, _chords)
    sounds = []
    for index in range(count):
        level = 10 ** random.uniform(-2.5, 0)
        sound = _scaled(makers[index % len(makers)](random), level)
        if random.uniform() < 0.5:
            hiss = random.standard_normal(len(TIME))
            sound = sound + _scaled(hiss, level * 10 ** random.uniform(-3, -0.5))
        sounds.append(sound)
    return [*sounds, np.zeros(SAMPLE_RATE, np.float32)]


def write_sample(path: Path) -> None:
    """A telephone's dial tone, 350 and 440 Hz: 16 kHz, mono, 16 bits."""
    time = np.arange(int(2.4 * SAMPLE_RATE)) / SAMPLE_RATE
    tone = 0.4 * (np.sin(2 * np.pi * 350 * time) + np.sin(2 * np.pi * 440 * time))
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, SAMPLE_RATE, 0, "NONE", ""))
        file.writeframes(np.round(tone * 32767).astype("<i2").tobytes())


def _scaled(sound: np.ndarray, level: float) -> np.ndarray:
    return (sound / np.abs(sound).max() * level).astype(np.float32)


def _noise(random: np.random.Generator) -> np.ndarray:
    spectrum = np.fft.rfft(random.standard_normal(len(TIME)))
    bins = np.arange(1, len(spectrum) + 1)
    sound = np.fft.irfft(spectrum * bins ** -random.uniform(0, 1.5), len(TIME))
    depth, rate = random.uniform(0, 1), random.uniform(0.5, 20)
    return sound * (1 + depth * np.sin(2 * np.pi * rate * TIME))


def _decay(start: float, rate: float) -> np.ndarray:
    since = TIME - start
    return np.where(since > 0, np.exp(-np.maximum(since, 0) * rate), 0)


def _strokes(random: np.random.Generator) -> np.ndarray:
    pitch = 10 ** random.uniform(2.3, 3.5)
    sound = np.zeros_like(TIME)
    for start in np.sort(random.uniform(0, SECONDS, random.integers(1, 8))):
        for partial in (1, 2.0, 2.76, 5.4, 8.93):
            if pitch * partial < HIGHEST:
                phase = 2 * np.pi * pitch * partial * (TIME - start)
                sound += _decay(start, random.uniform(2, 15)) * np.sin(phase) / partial
    return sound


def _sweep(random: np.random.Generator) -> np.ndarray:
    range_, rate = random.uniform(0.1, 1.5), random.uniform(0.2, 6)
    pitch = 10 ** random.uniform(2, 3.5) * 2 ** (range_ * np.sin(2 * np.pi * rate * TIME))
    wave_ = np.sin(2 * np.pi * np.cumsum(pitch) / SAMPLE_RATE)
    return np.tanh(wave_ * random.uniform(1, 8))


def _knocks(random: np.random.Generator) -> np.ndarray:
    sound = np.zeros_like(TIME)
    for start in random.uniform(0, SECONDS, random.integers(2, 60)):
        noise = random.standard_normal(len(TIME)) * random.uniform(0.2, 1)
        sound += _decay(start, random.uniform(30, 800)) * noise
    return sound


def _voice(random: np.random.Generator) -> np.ndarray:
    vibrato = 1 + 0.2 * np.sin(2 * np.pi * random.uniform(0.3, 5) * TIME)
    pitch = random.uniform(80, 350) * vibrato
    phase = 2 * np.pi * np.cumsum(pitch) / SAMPLE_RATE
    formants = random.uniform(300, 3500, 3)
    sound = np.zeros_like(TIME)
    for harmonic in range(1, 30):
        loudness = sum(np.exp(-(((harmonic * pitch - f) / 250) ** 2)) for f in formants)
        sound += loudness * np.sin(harmonic * phase) * (harmonic * pitch < HIGHEST)
    syllables = np.sin(2 * np.pi * random.uniform(1, 5) * TIME)
    return sound * (np.clip(syllables, 0, 1) + 0.02)


def _chords(random: np.random.Generator) -> np.ndarray:
    sound = np.zeros_like(TIME)
    for note in random.integers(36, 96, 4):
        pitch = 440 * 2 ** ((note - 69) / 12)
        for harmonic in range(1, 8):
            if harmonic * pitch < HIGHEST:
                tone = np.sin(2 * np.pi * harmonic * pitch * TIME) / harmonic
                sound += tone * np.exp(-(TIME % 0.75) * random.uniform(0, 6))
    return sound
