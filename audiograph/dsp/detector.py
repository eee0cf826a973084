# mypy: allow-untyped-defs, allow-untyped-calls
"""Level detection and smoothing, which all dynamics processors share.

Levels are powers (squares) in float32, so one loop serves peak and mean. All time
constants are times to 63 % (1 - 1/e) of a step.

Reference: D. Giannoulis, M. Massberg, J. D. Reiss, "Digital dynamic range
compressor design", JAES 60(6), 2012, eq. 7 (one-pole) and 17 (smooth branching).
"""

from math import exp
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from audiograph.dsp.denormals import flush_denormals
from audiograph.dsp.lanes import fused
from audiograph.kernel import inlined, kernel

PART = 512  # frames processed at a time, so that they stay in cache from loop to loop
AVERAGING = 0.005  # seconds; this one-pole has the noise bandwidth of a 10 ms window
OFFSET_TIME = 0.008  # seconds; the mean over this time is an offset, and no sound: below 20 Hz
STRIDE = 8  # frames from one mean to the next that follows from it
FLOOR = 1e-15  # power, -150 dB: lower levels count as this one
HIGHEST = 1e30  # power, 300 dB: higher levels count as this one
FORGETTING = 28  # time constants until an input has decayed by 200 dB: ln(1e10), and a margin


def one_pole(time: float, rate: float) -> float:
    """The factor that a one-pole keeps of its value per frame; `time` is in seconds, 0 keeps nothing."""
    return exp(-1 / (rate * time)) if time > 0 else 0.0


@inlined
def power(key, first, average, level):
    """Fill `level` with the power of key from frame `first` on: the highest of the channels, or the mean."""
    one = key[0, first : first + level.shape[0]]
    if key.shape[0] == 2:  # in loops of its own: 3 times as fast as those below
        _power_of_two(one, key[1, first : first + level.shape[0]], average, level)
        _bounded(level)
        return
    for n in range(level.shape[0]):
        level[n] = one[n] * one[n]
    for ch in range(1, key.shape[0]):
        other = key[ch, first : first + level.shape[0]]
        if average:
            for n in range(level.shape[0]):
                level[n] = level[n] + other[n] * other[n]
        else:
            for n in range(level.shape[0]):
                level[n] = max(level[n], other[n] * other[n])
    if average:
        part = np.float32(1 / key.shape[0])
        for n in range(level.shape[0]):
            level[n] = level[n] * part
    _bounded(level)


@inlined
def _bounded(level):
    """An infinite power would stay in the mean for good."""
    for n in range(level.shape[0]):
        level[n] = min(level[n], np.float32(HIGHEST))


@inlined
def _power_of_two(one, other, average, level):
    if average:
        for n in range(level.shape[0]):
            level[n] = (one[n] * one[n] + other[n] * other[n]) * np.float32(0.5)
    else:
        for n in range(level.shape[0]):
            level[n] = max(one[n] * one[n], other[n] * other[n])


def offset_factors(rate: float) -> NDArray[np.float32]:
    """For `power_without_offset`: the weights of STRIDE frames, newest first, and of the mean before them."""
    keep = one_pole(OFFSET_TIME, rate)
    return np.array([*((1 - keep) * keep**n for n in range(STRIDE)), keep**STRIDE], np.float32)


def offset_at_rest(channels: int) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """The last frames and means of each channel, (channels, 2, STRIDE), and room for a part of both."""
    return np.zeros((channels, 2, STRIDE), np.float32), np.zeros((2, STRIDE + PART), np.float32)


@inlined
def power_without_offset(key, first, factors, past, scratch, level):
    """Fill `level` with the power of the channels' highest, each less its mean over about OFFSET_TIME.

    That is a one-pole high-pass of 1 / (2 pi OFFSET_TIME) = 20 Hz. Its mean follows
    from that of STRIDE frames before and the frames since, so that the loop goes in vectors.
    """
    frames = level.shape[0]
    for ch in range(key.shape[0]):
        x, carried = key[ch, first : first + frames], past[ch]
        xs, means = scratch[0], scratch[1]
        for n in range(STRIDE):
            xs[n], means[n] = carried[0, n], carried[1, n]
        for n in range(frames):
            xs[STRIDE + n] = x[n]
        _means(xs, means, factors, frames)
        for n in range(frames):
            sound = xs[STRIDE + n] - means[STRIDE + n]
            level[n] = sound * sound if ch == 0 else max(level[n], sound * sound)
        for n in range(STRIDE):
            carried[0, n], carried[1, n] = xs[frames + n], flush_denormals(means[frames + n])
    _bounded(level)


@inlined
def _means(xs, means, factors, frames):
    """The mean at each frame, from those of the frames before."""
    c0, c1, c2, c3, c4 = factors[0], factors[1], factors[2], factors[3], factors[4]
    c5, c6, c7, before = factors[5], factors[6], factors[7], factors[8]
    for n in range(frames):
        new = c0 * xs[n + 8] + c1 * xs[n + 7] + c2 * xs[n + 6] + c3 * xs[n + 5]
        old = c4 * xs[n + 4] + c5 * xs[n + 3] + c6 * xs[n + 2] + c7 * xs[n + 1]
        means[n + 8] = before * means[n] + (new + old)


@inlined
def averaged(level, keep, mean):
    """Replace the level by its one-pole mean; mean[0] carries it on."""
    now = mean[0]
    for n in range(level.shape[0]):
        now = fused(keep, now, (1 - keep) * level[n])
        level[n] = now
    mean[0] = flush_denormals(now)


@inlined
def moved(now, aim, rise, fall):
    """Eq. 17 for one frame: a one-pole with the factors `rise` upwards and `fall` downwards, rise <= fall.

    The branch that applies always has the larger result, so a maximum chooses it.
    `fused` puts the product that depends on the frame before into the multiply-add;
    a compiler would choose the other one, which takes 1.4 times as long.
    """
    return max(fused(rise, now, (1 - rise) * aim), fused(fall, now, (1 - fall) * aim))


@inlined
def smooth(level, rise, fall, sign, carried):
    """Replace the level by eq. 17. For rise > fall, `sign` is -1: it then works on the negated level."""
    now = sign * carried[0]
    for n in range(level.shape[0]):
        now = moved(now, sign * level[n], rise, fall)
        level[n] = sign * now
    carried[0] = flush_denormals(sign * now)


class LoudestCoefs(NamedTuple):
    """One-pole factors for STRIDE frames."""

    offset: float
    mean: float


class LoudestState(NamedTuple):
    """Carried from block to block."""

    offset: NDArray[np.float32]  # (channels,)
    mean: NDArray[np.float64]  # (1,) power
    top: NDArray[np.float64]  # (1,) the highest mean so far
    level: NDArray[np.float32]  # (STRIDE,) scratch


def loudest_coefs(rate: float) -> LoudestCoefs:
    """Those of the detectors of gate and duck."""
    return LoudestCoefs(one_pole(OFFSET_TIME, rate) ** STRIDE, one_pole(AVERAGING, rate) ** STRIDE)


def loudest_at_rest(channels: int) -> LoudestState:
    """The state before the first frame."""
    return LoudestState(
        np.zeros(channels, np.float32), np.zeros(1), np.zeros(1), np.zeros(STRIDE, np.float32)
    )


@kernel
def loudest(key, c, s):
    """Raise s.top to the highest mean power of `key`, less its offset, as gate and duck see it.

    Mean and offset follow every STRIDE frames, so that it takes little time. Frames
    that do not fill up a STRIDE are left out.
    """
    level, keep = s.level, np.float32(c.offset)
    mean, top = s.mean[0], s.top[0]
    for first in range(0, key.shape[1] // STRIDE * STRIDE, STRIDE):
        for n in range(STRIDE):
            level[n] = 0
        for ch in range(key.shape[0]):
            x, offset, total = key[ch, first : first + STRIDE], s.offset[ch], np.float32(0)
            for n in range(STRIDE):
                total += x[n]
                level[n] = max(level[n], (x[n] - offset) * (x[n] - offset))
            s.offset[ch] = keep * offset + (1 - keep) / np.float32(STRIDE) * total
        power = (level[0] + level[1]) + (level[2] + level[3])
        power += (level[4] + level[5]) + (level[6] + level[7])
        mean = c.mean * mean + (1 - c.mean) / STRIDE * min(power, np.float32(HIGHEST))
        top = max(top, mean)
    for ch in range(key.shape[0]):
        s.offset[ch] = flush_denormals(s.offset[ch])
    s.mean[0], s.top[0] = flush_denormals(mean), top
