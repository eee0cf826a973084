"""Signals."""

from math import pi

import numpy as np
from scipy import signal

from .wave import Wave, factor


def hat(from_jump: Wave) -> Wave:
    """The difference between a step of 1 and that step smoothed by a triangle two frames wide."""
    rest = np.where(np.abs(from_jump) < 1, (1 - np.abs(from_jump)) ** 2 / 2, 0.0)
    return np.where(from_jump >= 0, -rest, rest)


def nearest(turns: Wave) -> Wave:
    """The signed distance from the nearest whole turn."""
    return turns - np.round(turns)


def tone(rate: int, frames: int, shape: str, freq: float, level: float = -12.0) -> Wave:
    step = freq / rate
    t = np.arange(frames) * step
    p = t % 1
    if shape == "sine":
        y = np.sin(2 * pi * t)
    elif shape == "saw":  # rises from 0, and falls by 2 at half a turn
        y = 2 * ((t + 0.5) % 1) - 1 - 2 * hat(nearest(t - 0.5) / step)
    elif shape == "square":
        y = np.where(p < 0.5, 1.0, -1.0)
        y = y + 2 * hat(nearest(t) / step) - 2 * hat(nearest(t - 0.5) / step)
    else:  # from 0 up; corners at a quarter and three quarters, where the slope turns by 8 a turn
        y = 1 - 4 * np.abs(((t + 0.25) % 1) - 0.5)
        for corner, turn in ((0.25, -8), (0.75, 8)):
            away = np.abs(nearest(t - corner) / step)
            y = y + turn * step * np.where(away < 1, (1 - away) ** 3 / 6, 0.0)
    return (y * factor(level))[None]


def octave_slope(x: Wave, rate: int, low: float, high: float) -> float:
    """Slope of the spectrum of a noise between two frequencies, in dB an octave."""
    freqs, power = signal.welch(x, rate, nperseg=8192)
    inside = (freqs >= low) & (freqs <= high)
    line = np.polyfit(np.log2(freqs[inside]), 10 * np.log10(power[inside]), 1, w=1 / np.sqrt(freqs[inside]))
    return float(line[0])
