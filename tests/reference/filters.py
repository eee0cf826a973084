"""Filters from their analogue prototypes, float64, written without looking at the kernels."""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def response(
    shape: str, rate: float, freq: float, gain: float, q: float, at: Floats
) -> NDArray[np.complex128]:
    """The response of a cookbook filter: H(s) of the analogue one, s normalized by the bilinear transform."""
    s = 1j * np.tan(np.pi * at / rate) / np.tan(np.pi * freq / rate)
    A = 10 ** (gain / 40)
    root = np.sqrt(A) / q
    over, under = {
        "lowpass": (1, s**2 + s / q + 1),
        "highpass": (s**2, s**2 + s / q + 1),
        "bandpass": (s / q, s**2 + s / q + 1),
        "notch": (s**2 + 1, s**2 + s / q + 1),
        "allpass": (s**2 - s / q + 1, s**2 + s / q + 1),
        "peak": (s**2 + s * A / q + 1, s**2 + s / (A * q) + 1),
        "lowshelf": (A * (s**2 + root * s + A), A * s**2 + root * s + 1),
        "highshelf": (A * (A * s**2 + root * s + 1), s**2 + root * s + A),
    }[shape]
    return over / under


def filtered(x: Floats, sections: Floats) -> Floats:
    """The difference equation as it stands in the books, one section after another."""
    for b0, b1, b2, a1, a2 in sections:
        y = np.zeros_like(x)
        for n in range(x.shape[-1]):
            y[..., n] = b0 * x[..., n]
            if n >= 1:
                y[..., n] += b1 * x[..., n - 1] - a1 * y[..., n - 1]
            if n >= 2:
                y[..., n] += b2 * x[..., n - 2] - a2 * y[..., n - 2]
        x = y
    return x
