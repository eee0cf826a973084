"""Levels and sums, frame by frame in float64, from textbooks and not from the kernels."""

from collections.abc import Callable, Sequence
from math import acos, asin, cbrt, cos, exp, log10, pi, sin, sqrt

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def factor(level: float) -> float:
    return 10 ** (level / 20)


def ramp(before: float, after: float, frames: int, total: int) -> Floats:
    """Factors of a change that begins at frame 0 and takes `frames`."""
    return np.array([before + (after - before) * min(1, (n + 1) / frames) for n in range(total)])


def pan(x: Floats, position: float) -> Floats:
    """Web Audio API, StereoPannerNode."""
    if len(x) == 1:
        p = (position + 1) / 2
        return np.stack([x[0] * cos(p * pi / 2), x[0] * sin(p * pi / 2)])
    left, right = x
    p = position + 1 if position <= 0 else position
    to_left, to_right = cos(p * pi / 2), sin(p * pi / 2)
    if position <= 0:
        return np.stack([left + right * to_left, right * to_right])
    return np.stack([left * to_left, right + left * to_right])


def width(x: Floats, amount: float) -> Floats:
    middle, side = (x[0] + x[1]) / 2, (x[0] - x[1]) / 2 * amount
    return np.stack([middle + side, middle - side])


CURVES: dict[str, Callable[[float], float]] = {  # af_afade.c, fade_gain()
    "linear": lambda p: p,
    "equal_power": lambda p: sin(p * pi / 2),
    "sine": lambda p: (1 - cos(p * pi)) / 2,
    "exp": lambda p: exp(-11.512925464970227 * (1 - p)),
    "log": lambda p: min(max(1 + 0.2 * log10(p), 0), 1) if p else 0,
    "tri": lambda p: p,
    "qsin": lambda p: sin(p * pi / 2),
    "hsin": lambda p: (1 - cos(p * pi)) / 2,
    "esin": lambda p: 1 - cos(pi / 4 * ((2 * p - 1) ** 3 + 1)),
    "iqsin": lambda p: 2 / pi * asin(p),
    "ihsin": lambda p: acos(1 - 2 * p) / pi,
    "ipar": lambda p: 1 - (1 - p) * (1 - p),
    "par": lambda p: 1 - sqrt(1 - p),
    "qua": lambda p: p * p,
    "cub": lambda p: p * p * p,
    "squ": sqrt,
    "cbr": cbrt,
    "desi": lambda p: (2 * p) ** 3 / 2 if p <= 0.5 else 1 - (2 * (1 - p)) ** 3 / 2,
    "losi": lambda p: (_logistic(p) - _logistic(0)) / (_logistic(1) - _logistic(0)),
}


def _logistic(p: float) -> float:
    return 1 / (1 + exp(-(p - 0.5) * 2 * (1 / (1 - 0.787) - 1)))


def fade(frames: int, rise: int, fall: int, curve: str, start: int = 0) -> Floats:
    """Factors of the frames from the mix's time zero on."""
    return np.array([_faded(n + 0.5, frames, rise, fall, CURVES[curve], start) for n in range(frames)])


def _faded(now: float, end: int, rise: int, fall: int, curve: Callable[[float], float], start: int) -> float:
    up = curve(min(max((now - start) / rise, 0), 1)) if rise else 1
    return up * (curve(min(max((end - now) / fall, 0), 1)) if fall else 1)


def envelope(frames: int, points: Sequence[tuple[float, float]], in_db: bool) -> Floats:
    """Factors; the points are frames and dB."""
    times, levels = zip(*points, strict=True)
    if in_db:
        return np.array([factor(level) for level in np.interp(np.arange(frames), times, levels)])
    return np.interp(np.arange(frames), times, [factor(level) for level in levels])


def sum(sounds: Sequence[Floats], levels: Sequence[float]) -> Floats:
    """Their sum, as long as the longest and as wide as the widest."""
    total = np.zeros((max(len(x) for x in sounds), max(x.shape[1] for x in sounds)))
    for x, level in zip(sounds, levels, strict=True):
        for channel in range(len(total)):
            total[channel, : x.shape[1]] += x[channel if len(x) > 1 else 0] * factor(level)
    return total
