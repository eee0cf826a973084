"""Signals."""

from math import pi

import numpy as np
from scipy import signal

from .wave import Wave, factor


def tone(rate: int, frames: int, shape: str, freq: float, level: float = -12.0) -> Wave:
    """All harmonics below half the rate, sine by sine, at their levels; the highest peak is at `level`."""
    t, turn = np.arange(frames) * (freq / rate), np.arange(2**16) / 2**16
    y, fine = np.zeros(frames), np.zeros(2**16)
    k = 1
    while k * freq < rate / 2:
        strength = {
            "sine": float(k == 1),
            "saw": 2 / (pi * k) * (-1) ** (k + 1),  # rises from 0, and falls by 2 at half a turn
            "square": 4 / (pi * k) * (k % 2),
            "triangle": 8 / (pi * k) ** 2 * (k % 2) * (-1) ** (k // 2),
        }[shape]
        if strength:
            y, fine = y + strength * np.sin(2 * pi * k * t), fine + strength * np.sin(2 * pi * k * turn)
        k += 1
    return (y / (1 if shape == "sine" else np.abs(fine).max()) * factor(level))[None]


def octave_slope(x: Wave, rate: int, low: float, high: float) -> float:
    """Slope of the spectrum of a noise between two frequencies, in dB an octave."""
    freqs, power = signal.welch(x, rate, nperseg=8192)
    inside = (freqs >= low) & (freqs <= high)
    line = np.polyfit(np.log2(freqs[inside]), 10 * np.log10(power[inside]), 1, w=1 / np.sqrt(freqs[inside]))
    return float(line[0])
