"""Ducking by bands."""

from math import exp, log, log2, sinh

import numpy as np
from scipy import signal

from .dynamics import ahead
from .filters import cookbook
from .wave import Wave, factor

TICK = 64


def carve(
    x: Wave, rate: int, key: Wave, bands: int = 8, depth: float = -12.0, threshold: float = -40.0,
    attack: float = 0.15, hold: float = 0.5, release: float = 0.9, lookahead: float | None = None,
) -> Wave:  # fmt: skip
    late = round((attack if lookahead is None else lookahead) * rate)
    middles = [100 * 80 ** ((k + 0.5) / bands) for k in range(bands)]
    middles = [freq for freq in middles if freq < 0.4 * rate]
    q = 1 / (2 * sinh(log(80) / bands / 2))
    filters = [cookbook(rate, "bandpass", freq, q=0.6 * q) for freq in middles]
    hears = [cookbook(rate, "bandpass", freq, q=q) for freq in middles]
    powers = np.array([_tick_powers(ahead(key, late), b, a, rate) for b, a in hears])
    gains = _gains(powers, middles, rate, depth, threshold, attack, hold, release, late)
    takes = np.array([signal.freqz(b, a, middles, fs=rate)[1].real for b, a in filters]).T
    amounts = np.linalg.solve(takes, gains - 1)
    time, ends = np.arange(x.shape[1]) + late, TICK * np.arange(gains.shape[1])
    passed = [signal.lfilter(b, a, x) for b, a in filters]
    return x + sum(np.interp(time, ends, line) * part for line, part in zip(amounts, passed, strict=True))


def _tick_powers(key: Wave, b: Wave, a: Wave, rate: int) -> Wave:
    """The one-pole mean of 5 ms at the end of each tick."""
    squares = signal.lfilter(b, a, signal.lfilter(b, a, key)) ** 2
    whole = squares.shape[1] // TICK
    ticks = squares[:, : whole * TICK].reshape(len(key), whole, TICK).mean(2).max(0)
    keep = exp(-TICK / (rate * 0.005))
    return signal.lfilter([1 - keep], [1, -keep], ticks)


def _gains(
    powers: Wave, middles: list[float], rate: int, depth: float, threshold: float, attack: float, hold: float,
    release: float, late: int,
) -> Wave:  # fmt: skip
    """Of each band at the end of each tick: (bands, ticks + 2). In the first tick there is no key yet."""
    raised = np.array([factor(12 + 3 * max(0.0, log2(freq / 500))) ** 2 for freq in middles])
    loudest, wait, place = 0.0, np.zeros(len(middles)), np.zeros(len(middles))
    gains = [np.ones(len(middles))] * 2
    for heard in powers.T:
        loudest = max(heard.sum(), loudest * exp(-TICK / (rate * 2)))
        sounds = (heard.sum() >= factor(threshold) ** 2) & (heard * raised >= loudest)
        wait = np.where(sounds, round(hold * rate) + late, np.maximum(0, wait - TICK))
        step = np.where(sounds | (wait > 0), TICK / round(attack * rate), -TICK / round(release * rate))
        place = np.clip(place + step, 0, 1)
        loudest = loudest if place.any() else 0.0
        gains.append(10 ** (1.5 * depth * (3 * place**2 - 2 * place**3) / 20))
    return np.array(gains).T
