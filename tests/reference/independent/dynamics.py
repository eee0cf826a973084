"""Dynamics."""

from math import exp

import numpy as np
from reference.interpolation import four_times

from .wave import Wave, factor, run_one_pole


def keeping(seconds: float, rate: int) -> float:
    """The factor of a one-pole that has reached 63 % after a time in seconds."""
    return exp(-1 / (rate * seconds)) if seconds else 0.0


def power(x: Wave, rate: int, link: str = "max", detector: str = "rms") -> Wave:
    """The power that a detector sees: over all channels, then, unless for peaks, averaged over time."""
    squares = (x**2).max(0) if link == "max" else (x**2).mean(0)
    return squares if detector == "peak" else run_one_pole(keeping(0.005, rate), squares)


def without_offset(key: Wave, rate: int) -> Wave:
    """Less its mean over 8 ms: a high-pass of 20 Hz."""
    return key - np.array([run_one_pole(keeping(0.008, rate), channel) for channel in key])


def branched(target: Wave, rate: int, attack: float, release: float, start: float = 0.0) -> Wave:
    """Eq. 17 of Giannoulis, Massberg, Reiss, smooth and branching: attack upwards, release down."""
    y, out = start, np.empty_like(target)
    for n, x in enumerate(target):
        keep = keeping(attack if x > y else release, rate)
        out[n] = y = keep * y + (1 - keep) * x
    return out


def over_knee(level: Wave, threshold: float, ratio: float, knee: float) -> Wave:
    """Eq. 4: how many dB the static curve is below its input."""
    over = level - threshold
    bent = (1 - 1 / ratio) * (over + knee / 2) ** 2 / (2 * knee) if knee else 0.0
    straight = np.where(over > 0, (1 - 1 / ratio) * over, 0.0)
    return np.where(2 * np.abs(over) <= knee, bent, straight) if knee else straight


def compressor(
    x: Wave, rate: int, key: Wave | None = None, threshold: float = -24.0, ratio: float = 4.0,
    attack: float = 0.01, release: float = 0.25, knee: float = 6.0, makeup: float = 0.0,
    lookahead: float = 0.0, detector: str = "rms", link: str = "max", mix: float = 1.0,
) -> Wave:  # fmt: skip
    heard = ahead(x if key is None else key, round(lookahead * rate))
    level = 10 * np.log10(np.maximum(power(heard, rate, link, detector), 1e-30))
    reduction = branched(over_knee(level, threshold, ratio, knee), rate, attack, release)
    late = round(lookahead * rate)  # the detector is early by the look-ahead
    return x * (1 - mix) + x * mix * 10 ** ((makeup - reduction[late : late + x.shape[1]]) / 20)


def ahead(x: Wave, frames: int) -> Wave:
    """Silence appended for the look-ahead."""
    return np.pad(x, ((0, 0), (0, frames)))


def duck(
    x: Wave, rate: int, key: Wave, depth: float = -12.0, threshold: float = -40.0, attack: float = 0.15,
    hold: float = 0.5, release: float = 0.9, lookahead: float | None = None,
) -> Wave:  # fmt: skip
    late = round((attack if lookahead is None else lookahead) * rate)
    loud = power(without_offset(ahead(key, late), rate), rate) > factor(threshold) ** 2
    place, wait, gain = 0.0, 0, np.empty(len(loud))
    for n, sounds in enumerate(loud):
        wait = round(hold * rate) + late if sounds else max(0, wait - 1)  # after the key, as it is heard
        step = 1 / round(attack * rate) if sounds or wait else -1 / round(release * rate)
        place = min(1.0, max(0.0, place + step))
        gain[n] = depth * (3 * place**2 - 2 * place**3)
    return x * 10 ** (gain[late : late + x.shape[1]] / 20)


def gate(
    x: Wave, rate: int, key: Wave | None = None, threshold: float = -44.0, range: float = -24.0,
    ratio: float = 10.0, attack: float = 0.001, hold: float = 0.05, release: float = 0.1,
) -> Wave:  # fmt: skip
    """Attack opens, towards less reduction; the gate is shut at first."""
    heard_without = without_offset(x if key is None else key, rate)
    level = 10 * np.log10(np.maximum(power(heard_without, rate), 1e-30))
    target, is_open, wait = np.empty_like(level), False, 0
    for n, heard in enumerate(level):
        if heard >= threshold or (is_open and heard >= threshold - 6):
            wait = max(1, round(hold * rate))  # this frame is the first of them
        else:
            wait = max(0, wait - 1)
        is_open = wait > 0
        below = max(0.0, threshold - heard)
        target[n] = 0.0 if is_open else max(range, -(ratio - 1) * below)
    return x * 10 ** (branched(target, rate, attack, release, start=range) / 20)


def limiter(
    x: Wave, rate: int, ceiling: float = -1.0, lookahead: float = 0.005, release: float = 0.05,
    true_peak: bool = True,
) -> Wave:  # fmt: skip
    """Luff: the gain a frame needs; the least over the window; release; the mean over the window."""
    early = round(lookahead * rate)
    more = 10 if true_peak else 0  # held down so much longer before, and one more after
    late = early + more
    high = heights(ahead(x, late), ceiling) if true_peak else np.abs(ahead(x, late)).max(0)
    needed = np.minimum(1.0, factor(ceiling) / np.maximum(high, 1e-30))
    held = early + 1 + (21 if true_peak else 0)
    least = np.array([needed[max(0, n - held + 1) : n + 1].min() for n in range(len(needed))])
    keep, y, eased = keeping(release, rate), 1.0, np.empty_like(least)
    for n, t in enumerate(least):
        eased[n] = y = min(t, keep * y + (1 - keep) * t)
    mean = np.convolve(np.concatenate([np.ones(early), eased]), np.ones(early + 1) / (early + 1), "valid")
    return x * mean[late : late + x.shape[1]]


def heights(x: Wave, ceiling: float) -> Wave:
    """Of each frame the highest of it and three values before the next, and a 48th of the sharpest bend.

    Where sixth differences, from 8 frames before to 7 after, exceed two ceilings, the filters are long.
    """
    padded, frames = np.pad(x, ((0, 0), (12, 12))), x.shape[1]
    bends = np.abs(padded[:, :-2] - 2 * padded[:, 1:-1] + padded[:, 2:])  # bends[:, k] is about frame k - 11
    sixths = np.abs(np.diff(padded, 6))  # sixths[:, k] is about frame k - 9
    rough = np.max([sixths[:, 9 + k : 9 + k + frames] for k in range(-8, 8)], axis=0) > 2 * factor(ceiling)
    short, long = (np.abs(four_times(x, way)).max(axis=0) for way in (False, True))
    sharpest = np.max([bends[:, 11 + k : 11 + k + frames] for k in (-1, 0, 1, 2)], axis=0)
    return np.asarray((np.where(rough, long, short) + sharpest / 48).max(0))
