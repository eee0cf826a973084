"""Levels and places."""

from collections.abc import Callable, Sequence
from math import cos, exp, log, pi, sin, sqrt

import numpy as np

from .wave import Wave, factor


def gain(x: Wave, rate: int, level: float = 0.0) -> Wave:
    return x * factor(level)


def logistic(p: Wave) -> Wave:
    """FFmpeg's losi: a logistic curve that is 0.787 of the way to steep, stretched to 0..1."""
    a = 1 / (1 - 0.787) - 1
    low, high = 1 / (1 + exp(a)), 1 / (1 + exp(-a))
    return (1 / (1 + np.exp(-a * (2 * p - 1))) - low) / (high - low)


CURVES: dict[str, Callable[[Wave], Wave]] = {
    "linear": lambda p: p,
    "tri": lambda p: p,
    "equal_power": lambda p: np.sin(p * pi / 2),
    "qsin": lambda p: np.sin(p * pi / 2),
    "sine": lambda p: (1 - np.cos(p * pi)) / 2,
    "hsin": lambda p: (1 - np.cos(p * pi)) / 2,
    "esin": lambda p: 1 - np.cos(pi / 4 * ((2 * p - 1) ** 3 + 1)),
    "exp": lambda p: np.exp(5 * log(0.1) * (1 - p)),
    "log": lambda p: np.clip(1 + 0.2 * np.log10(np.maximum(p, 1e-9)), 0, 1),
    "ipar": lambda p: 1 - (1 - p) ** 2,
    "par": lambda p: 1 - np.sqrt(1 - p),
    "qua": lambda p: p**2,
    "cub": lambda p: p**3,
    "squ": lambda p: np.sqrt(p),
    "cbr": lambda p: np.cbrt(p),
    "desi": lambda p: np.where(p <= 0.5, (2 * p) ** 3 / 2, 1 - (2 * (1 - p)) ** 3 / 2),
    "losi": logistic,
}


def fade(
    x: Wave, rate: int, fade_in: float = 0.0, fade_out: float = 0.0, curve: str = "linear", start: int = 0
) -> Wave:
    """Where both are longer than what there is, they are shortened in proportion, to whole frames."""
    rise, fall = np.ones(x.shape[1]), np.ones(x.shape[1])
    middle = np.arange(x.shape[1]) + 0.5
    there, up, down = x.shape[1] - start, round(fade_in * rate), round(fade_out * rate)
    if up + down > there:
        up = int(there * up / (up + down) + 0.5)
        down = there - up
    if up:
        rise = CURVES[curve](np.clip((middle - start) / up, 0, 1))
    if down:
        fall = CURVES[curve](np.clip((x.shape[1] - middle) / down, 0, 1))
    return x * rise * fall


def envelope(x: Wave, rate: int, points: Sequence[tuple[float, float]], curve: str = "db") -> Wave:
    now, (times, levels) = np.arange(x.shape[1]) / rate, np.array(points).T
    if curve == "db":
        return x * 10 ** (np.interp(now, times, levels) / 20)
    return x * np.interp(now, times, 10 ** (levels / 20))


def pan(x: Wave, rate: int, position: float = 0.0, law: str = "equal_power") -> Wave:
    if law == "balance":
        return x * np.array([[min(1.0, 1 - position)], [min(1.0, 1 + position)]])
    if len(x) == 1:
        return x * np.array(sides((position + 1) / 2, law))[:, None]
    left, right = x
    if position <= 0:
        near, far = sides(position + 1, law)
        return np.array([left + right * near, right * far])
    near, far = sides(position, law)
    return np.array([left * near, right + left * far])


def sides(place: float, law: str) -> tuple[float, float]:
    """Left and right, `place` of the way from left to right."""
    power = cos(place * pi / 2), sin(place * pi / 2)
    line = 1 - place, place
    middle = sqrt(max(0.0, power[0] * line[0])), sqrt(max(0.0, power[1] * line[1]))
    return {"equal_power": power, "linear": line, "compromise": middle}[law]


def width(x: Wave, rate: int, width: float = 1.0) -> Wave:
    if len(x) == 1:
        return x
    middle, side = (x[0] + x[1]) / 2, width * (x[0] - x[1]) / 2
    return np.array([middle + side, middle - side])


def mixed(parts: Sequence[Wave], gains: Sequence[float] = (), length: str = "longest") -> Wave:
    ends = [x.shape[1] for x in parts]
    frames = {"longest": max(ends), "shortest": min(ends), "first": ends[0]}[length]
    out = np.zeros((max(len(x) for x in parts), frames))
    for x, level in zip(parts, gains or [0.0] * len(parts), strict=True):
        some = min(frames, x.shape[1])
        out[:, :some] += x[:, :some] * factor(level)
    return out
