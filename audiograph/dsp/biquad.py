# ruff: noqa: ARG001 - all shapes take the same three arguments
"""Filters as rows of second-order sections: b0 b1 b2 a1 a2, normalized to a0 = 1.

    y[n] = b0 x[n] + b1 x[n-1] + b2 x[n-2] - a1 y[n-1] - a2 y[n-2]

Reference: R. Bristow-Johnson, "Cookbook formulae for audio EQ biquad filter
coefficients", W3C Note, 2021, names as there. Butterworth filters are the
bilinear transform of the analogue ones; S. Linkwitz, "Active crossover networks
for noncoincident drivers", JAES 24(1), 1976, for two of them in series.
"""

from collections.abc import Callable
from math import ceil, cos, inf, log, pi, sin, sqrt, tan

import numpy as np
from numpy.typing import NDArray

Sections = NDArray[np.float64]  # (sections, 5)
Terms = tuple[float, float, float]

HIGHEST = 0.49  # highest frequency of a filter, as a share of the sample rate
FORGOTTEN = 1e-10  # -200 dB
GROWTH = 5  # time constants a section may add: by its resonance, and by the n**k of equal poles


def _peak(A: float, w: float, alpha: float) -> tuple[Terms, Terms]:
    return (1 + alpha * A, -2 * w, 1 - alpha * A), (1 + alpha / A, -2 * w, 1 - alpha / A)


def _lowshelf(A: float, w: float, alpha: float) -> tuple[Terms, Terms]:
    p, m, r = A + 1, A - 1, 2 * sqrt(A) * alpha
    b = A * (p - m * w + r), 2 * A * (m - p * w), A * (p - m * w - r)
    return b, (p + m * w + r, -2 * (m + p * w), p + m * w - r)


def _highshelf(A: float, w: float, alpha: float) -> tuple[Terms, Terms]:
    p, m, r = A + 1, A - 1, 2 * sqrt(A) * alpha
    b = A * (p + m * w + r), -2 * A * (m + p * w), A * (p + m * w - r)
    return b, (p - m * w + r, 2 * (m - p * w), p - m * w - r)


def _lowpass(A: float, w: float, alpha: float) -> tuple[Terms, Terms]:
    return ((1 - w) / 2, 1 - w, (1 - w) / 2), (1 + alpha, -2 * w, 1 - alpha)


def _highpass(A: float, w: float, alpha: float) -> tuple[Terms, Terms]:
    return ((1 + w) / 2, -(1 + w), (1 + w) / 2), (1 + alpha, -2 * w, 1 - alpha)


def _bandpass(A: float, w: float, alpha: float) -> tuple[Terms, Terms]:
    return (alpha, 0.0, -alpha), (1 + alpha, -2 * w, 1 - alpha)


def _notch(A: float, w: float, alpha: float) -> tuple[Terms, Terms]:
    return (1.0, -2 * w, 1.0), (1 + alpha, -2 * w, 1 - alpha)


def _allpass(A: float, w: float, alpha: float) -> tuple[Terms, Terms]:
    return (1 - alpha, -2 * w, 1 + alpha), (1 + alpha, -2 * w, 1 - alpha)


SHAPES: dict[str, Callable[[float, float, float], tuple[Terms, Terms]]] = {
    "peak": _peak,
    "lowshelf": _lowshelf,
    "highshelf": _highshelf,
    "lowpass": _lowpass,
    "highpass": _highpass,
    "bandpass": _bandpass,  # 0 dB at its centre
    "notch": _notch,
    "allpass": _allpass,
}


def rbj(shape: str, rate: float, freq: float, gain: float = 0.0, q: float = sqrt(0.5)) -> Sections:
    """One section of the cookbook, of shape (5,).

    `freq` and `rate` are in Hz; `freq` is limited to HIGHEST times the rate. `gain`
    is in dB and applies to peaks and shelves only.
    """
    w0 = 2 * pi * _reachable(freq, rate) / rate
    b, a = SHAPES[shape](10 ** (gain / 40), cos(w0), sin(w0) / (2 * q))
    return np.array([*b, *a[1:]]) / a[0]


def butterworth(mode: str, rate: float, freq: float, order: int) -> Sections:
    """A "lowpass" or "highpass" of any order, -3.01 dB at `freq`, of shape (ceil(order / 2), 5)."""
    angles = [pi * (2 * k + 1) / (2 * order) for k in range(order // 2)]
    sections = [rbj(mode, rate, freq, q=1 / (2 * sin(angle))) for angle in angles]
    return np.array(sections + [_first_order(mode, rate, freq)] * (order % 2))


def linkwitz_riley(mode: str, rate: float, freq: float, order: int) -> Sections:
    """Two Butterworths of half the order in series, -6.02 dB at `freq`. Orders 4 and 8 sum flat."""
    return np.tile(butterworth(mode, rate, freq, order // 2), (2, 1))


def memory(sections: Sections) -> int:
    """Frames after which the sections in series have decayed by 200 dB."""
    times = [_time_constant(a1, a2) for a1, a2 in sections[:, 3:]]
    return ceil(-log(FORGOTTEN) * max(times, default=0.0) + GROWTH * sum(times)) + 2 * len(times)


def note_moved(note: Callable[[str], None], key: str, freq: float, rate: float) -> None:
    """Tell `note` of a parameter `key` whose frequency (Hz) is moved down to HIGHEST times the rate."""
    if freq > (highest := _reachable(freq, rate)):
        note(f"{key}: {freq:g} Hz is above {HIGHEST:g} of the sample rate: {highest:g} Hz is used")


def _first_order(mode: str, rate: float, freq: float) -> Sections:
    g = tan(pi * _reachable(freq, rate) / rate)
    b = (g, g) if mode == "lowpass" else (1.0, -1.0)
    return np.array([b[0] / (1 + g), b[1] / (1 + g), 0.0, (g - 1) / (1 + g), 0.0])


def _reachable(freq: float, rate: float) -> float:
    return min(freq, HIGHEST * rate)


def _time_constant(a1: float, a2: float) -> float:
    """Frames in which the slower of two poles decays to 1/e."""
    half = a1 * a1 / 4 - a2
    radius = sqrt(a2) if half < 0 else abs(a1) / 2 + sqrt(half)
    return -1 / log(radius) if 0 < radius < 1 else 0.0 if radius == 0 else inf
