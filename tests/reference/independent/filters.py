"""Filters."""

from collections.abc import Sequence
from math import cos, pi, sin, sqrt
from typing import Any

import numpy as np
from scipy import signal

from .wave import Wave


def eq(x: Wave, rate: int, bands: Sequence[dict[str, Any]]) -> Wave:
    for band in bands:
        b, a = cookbook(rate=rate, **band)
        x = signal.lfilter(b, a, x)
    return x


def cookbook(
    rate: int, shape: str, freq: float, gain: float = 0.0, q: float | None = None
) -> tuple[Wave, Wave]:
    """(b, a), not normalized, letter for letter the W3C note."""
    q = q or (1.0 if shape in ("peak", "bandpass", "notch", "allpass") else sqrt(0.5))
    w0 = 2 * pi * min(freq, 0.49 * rate) / rate
    c, alpha, A = cos(w0), sin(w0) / (2 * q), 10 ** (gain / 40)
    r = 2 * sqrt(A) * alpha
    b, a = {
        "lowpass": (((1 - c) / 2, 1 - c, (1 - c) / 2), (1 + alpha, -2 * c, 1 - alpha)),
        "highpass": (((1 + c) / 2, -1 - c, (1 + c) / 2), (1 + alpha, -2 * c, 1 - alpha)),
        "bandpass": ((alpha, 0, -alpha), (1 + alpha, -2 * c, 1 - alpha)),
        "notch": ((1, -2 * c, 1), (1 + alpha, -2 * c, 1 - alpha)),
        "allpass": ((1 - alpha, -2 * c, 1 + alpha), (1 + alpha, -2 * c, 1 - alpha)),
        "peak": ((1 + alpha * A, -2 * c, 1 - alpha * A), (1 + alpha / A, -2 * c, 1 - alpha / A)),
        "lowshelf": (
            (A * (A + 1 - (A - 1) * c + r), 2 * A * (A - 1 - (A + 1) * c), A * (A + 1 - (A - 1) * c - r)),
            (A + 1 + (A - 1) * c + r, -2 * (A - 1 + (A + 1) * c), A + 1 + (A - 1) * c - r),
        ),
        "highshelf": (
            (A * (A + 1 + (A - 1) * c + r), -2 * A * (A - 1 + (A + 1) * c), A * (A + 1 + (A - 1) * c - r)),
            (A + 1 - (A - 1) * c + r, 2 * (A - 1 - (A + 1) * c), A + 1 - (A - 1) * c - r),
        ),
    }[shape]
    return np.array(b), np.array(a)


def butterworth(
    x: Wave, rate: int, mode: str, freq: float, order: int | None = None, family: str = "butterworth"
) -> Wave:
    """Poles on a circle by scipy; a Linkwitz-Riley filter is half the order twice."""
    crossover = family == "linkwitz_riley"
    order = order or (4 if crossover else 2)
    corner = min(freq, 0.49 * rate)
    sos = signal.butter(order // 2 if crossover else order, corner, mode, fs=rate, output="sos")
    for _ in range(2 if crossover else 1):
        x = signal.sosfilt(sos, x)
    return x
