"""Sound as YAMNet sees it; components/sound-events computes the same."""

from __future__ import annotations

import numpy as np

SAMPLE_RATE = 16_000
FRAME, HOP, FFT = 400, 160, 512
BANDS, LOWEST, HIGHEST = 64, 125.0, 7_500.0
PATCH_FRAMES, PATCH_HOP = 96, 48
PATCH_SAMPLES = (PATCH_FRAMES - 1) * HOP + FRAME


def patches(samples: np.ndarray) -> np.ndarray:
    """float32 [n, 1, 96, 64]: 0.96 s each, a new one every 0.48 s.

    The end is filled up with silence.
    """
    step = PATCH_HOP * HOP
    beyond = max(0, len(samples) - PATCH_SAMPLES)
    length = PATCH_SAMPLES + -(-beyond // step) * step
    samples = np.pad(samples.astype(np.float32), (0, length - len(samples)))
    frames = np.lib.stride_tricks.sliding_window_view(samples, FRAME)[::HOP]
    window = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(FRAME) / FRAME)
    magnitudes = np.abs(np.fft.rfft(frames * window.astype(np.float32), FFT))
    bands = np.log(magnitudes.astype(np.float32) @ MEL + np.float32(0.001))
    cut = np.lib.stride_tricks.sliding_window_view(bands, PATCH_FRAMES, axis=0)
    cut = cut[::PATCH_HOP].transpose(0, 2, 1)[:, None]
    return np.ascontiguousarray(cut, np.float32)


def _mel_weights() -> np.ndarray:
    """Triangles in HTK's mel scale, [257, 64]; the constant part counts nothing."""

    def mel(hertz):
        return 1127 * np.log1p(np.asarray(hertz) / 700)

    bins = mel(np.linspace(0, SAMPLE_RATE / 2, FFT // 2 + 1))[:, None]
    edges = np.linspace(mel(LOWEST), mel(HIGHEST), BANDS + 2)
    lower, centre, upper = edges[:-2], edges[1:-1], edges[2:]
    rising, falling = (bins - lower) / (centre - lower), (upper - bins) / (upper - centre)
    return np.maximum(0, np.minimum(rising, falling)).astype(np.float32)


MEL = _mel_weights()
