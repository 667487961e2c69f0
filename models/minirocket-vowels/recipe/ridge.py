"""Ridge regression to one margin per class, and how sharp the margins should be."""

from __future__ import annotations

import numpy as np

PENALTIES = np.logspace(-3, 3, 13)


def fit_ridge(
    rows: np.ndarray, targets: np.ndarray, classes: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Weights [features, classes], bias [classes] and margins [windows, classes].

    A margin is what the window would get from a fit without it (leave one out, in closed
    form). The penalty is the one with the fewest squared errors of these.
    """
    rows = rows.astype(np.float64)
    mean, deviation = rows.mean(axis=0), rows.std(axis=0)
    deviation[deviation < 1e-6] = np.inf
    x = (rows - mean) / deviation
    y = np.where(targets[:, None] == np.arange(classes), 1.0, -1.0)
    centre = y.mean(axis=0)
    y = y - centre

    u, s, vt = np.linalg.svd(x, full_matrices=False)
    projected = u.T @ y
    best = None
    for penalty in PENALTIES:
        shrunk = s**2 / (s**2 + penalty)
        left = 1 - ((u**2) * shrunk).sum(axis=1) - 1 / len(x)
        held_out = y - (y - u @ (shrunk[:, None] * projected)) / left[:, None]
        errors = float(((y - held_out) ** 2).sum())
        if best is None or errors < best[0]:
            best = errors, penalty, held_out
    _errors, penalty, held_out = best
    weights = vt.T @ ((s / (s**2 + penalty))[:, None] * projected) / deviation[:, None]
    return weights, centre - mean @ weights, held_out + centre


def fit_temperature(margins: np.ndarray, targets: np.ndarray) -> float:
    """The factor at which the softmax of the margins says how often a class is right."""
    candidates = np.logspace(-1, 2, 61)
    return float(min(candidates, key=lambda factor: log_loss(margins * factor, targets)))


def log_loss(logits: np.ndarray, targets: np.ndarray) -> float:
    logits = logits - logits.max(axis=1, keepdims=True)
    total = np.log(np.exp(logits).sum(axis=1))
    return float(np.mean(total - logits[np.arange(len(targets)), targets]))
