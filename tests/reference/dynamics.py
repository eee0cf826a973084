"""Dynamics from the papers: frame by frame, float64, written without looking at the kernels.

All return gains in dB, of shape (frames,); `late` applies them to a sound.
"""

import numpy as np
from numpy.typing import NDArray
from reference.interpolation import four_times

Floats = NDArray[np.float64]
MEAN = 0.005  # seconds


def static_curve(x: float, threshold: float, ratio: float, knee: float) -> float:
    """Giannoulis, Massberg, Reiss 2012, eq. 4: the output level in dB."""
    if 2 * (x - threshold) < -knee:
        return x
    if knee and 2 * abs(x - threshold) <= knee:
        return x + (1 / ratio - 1) * (x - threshold + knee / 2) ** 2 / (2 * knee)
    return threshold + (x - threshold) / ratio


def compressor(
    key: Floats, rate: float, threshold: float = -24, ratio: float = 4, attack: float = 0.01,
    release: float = 0.25, knee: float = 6, makeup: float = 0, detector: str = "rms", link: str = "max",
    mix: float = 1,
) -> Floats:  # fmt: skip
    power = np.max(key**2, axis=0) if link == "max" else np.mean(key**2, axis=0)
    if detector == "rms":
        power = _mean(power, rate)
    gains, loss = np.zeros(len(power)), 0.0
    for n, level in enumerate(_decibels(power)):
        wanted = level - static_curve(level, threshold, ratio, knee)
        loss = _one_pole(loss, wanted, attack if wanted > loss else release, rate)  # eq. 17
        gains[n] = 20 * np.log10(1 - mix + mix * 10 ** ((makeup - loss) / 20))
    return gains


def gate(
    key: Floats, rate: float, threshold: float = -40, range: float = -24, ratio: float = 10,
    attack: float = 0.001, hold: float = 0.05, release: float = 0.1,
) -> Floats:  # fmt: skip
    levels = _decibels(_mean(np.max(_without_offset(key, rate) ** 2, axis=0), rate))
    gains, gain, is_open, until = np.zeros(len(levels)), float(range), False, 0
    for n, level in enumerate(levels):
        if level >= threshold - (6 if is_open else 0):
            is_open, until = True, n + round(hold * rate)
        elif n >= until:
            is_open = False
        wanted = 0.0 if is_open else max(range, min(0.0, (ratio - 1) * (level - threshold)))
        gain = _one_pole(gain, wanted, attack if wanted > gain else release, rate)
        gains[n] = gain
    return gains


def duck(
    key: Floats, rate: float, depth: float = -12, threshold: float = -40,
    attack: float = 0.15, hold: float = 0.5, release: float = 0.9, lookahead: float = 0.15,
) -> Floats:  # fmt: skip
    power = _mean(np.max(_without_offset(key, rate) ** 2, axis=0), rate)
    gains, way, until = np.zeros(len(power)), 0.0, 0
    for n, loud in enumerate(power >= 10 ** (threshold / 10)):
        until = n + round(hold * rate) + round(lookahead * rate) if loud else until
        way = (
            min(1.0, way + 1 / round(attack * rate))
            if n < until
            else max(0.0, way - 1 / round(release * rate))
        )
        gains[n] = depth * (3 * way**2 - 2 * way**3)
    return gains


def limiter(
    x: Floats, rate: float, ceiling: float = -1, lookahead: float = 0.005, release: float = 0.05,
    true_peak: bool = True,
) -> Floats:  # fmt: skip
    """Luff 2022: the lowest gain of a window, released, then the mean over a window."""
    window = round(lookahead * rate) + 1
    held = window + 21 * true_peak
    high = np.abs(x).max(axis=0)
    if true_peak:  # known 34 frames late
        later = np.pad(x, ((0, 0), (34, 0)))
        high = true_peaks(later, ceiling)[: x.shape[1]]
    wanted = np.minimum(1, 10 ** (ceiling / 20) / np.maximum(high, 1e-12))
    released, gain = np.ones(window - 1 + x.shape[1]), 1.0
    for n in range(x.shape[1]):
        lowest = wanted[max(0, n - held + 1) : n + 1].min()
        gain = min(lowest, _one_pole(gain, lowest, release, rate))
        released[window - 1 + n] = gain
    return 20 * np.log10(np.convolve(released, np.ones(window) / window, "valid"))


def true_peaks(x: Floats, ceiling: float) -> Floats:
    """Of each frame and the time to the next, as the limiter defines it; the ceiling is in dB.

    Where a sixth difference in the 16 frames around is more than two ceilings, the long filters count.
    """
    short, long = (np.abs(four_times(x, way)).max(axis=0) for way in (False, True))
    wide = np.pad(x, ((0, 0), (12, 12)))
    bent, sharp = np.abs(np.diff(wide, 2)), np.abs(np.diff(wide, 6))  # [k] is about frame k - 11, or k - 9
    high = np.zeros(x.shape)
    for n in range(x.shape[1]):
        rough = sharp[:, n + 1 : n + 17].max(axis=1) > 2 * 10 ** (ceiling / 20)
        high[:, n] = np.where(rough, long[:, n], short[:, n]) + bent[:, n + 10 : n + 14].max(axis=1) / 48
    return high.max(axis=0)


def late(x: Floats, gains: Floats, frames: int = 0) -> Floats:
    """The sound, delayed by `frames`, times the gains."""
    held = np.concatenate([np.zeros((x.shape[0], frames)), x], axis=1)[:, : x.shape[1]]
    return held * 10 ** (gains / 20)


def _one_pole(now: float, aim: float, time: float, rate: float) -> float:
    keep = np.exp(-1 / (time * rate)) if time else 0.0
    return keep * now + (1 - keep) * aim


def _mean(power: Floats, rate: float) -> Floats:
    now, out = 0.0, np.zeros(len(power))
    for n, value in enumerate(power):
        now = out[n] = _one_pole(now, value, MEAN, rate)
    return out


def _without_offset(key: Floats, rate: float) -> Floats:
    """Less the mean of about 8 ms: a high-pass of 20 Hz."""
    offset, out = np.zeros(len(key)), np.zeros(key.shape)
    for n, value in enumerate(key.T):
        offset = np.array([_one_pole(now, aim, 0.008, rate) for now, aim in zip(offset, value, strict=True)])
        out[:, n] = value - offset
    return out


def _decibels(power: Floats) -> Floats:
    return 10 * np.log10(np.maximum(power, 1e-15))
