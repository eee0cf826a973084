# mypy: allow-untyped-defs, allow-untyped-calls
"""Brick-wall limiting that looks ahead.

The lowest gain over the window is held, released slowly, and averaged over the
same window: each gain in the mean is at most what the frame now leaving needs,
so no sample passes the ceiling. The lowest of 2, 4, 8... frames comes from the
step before, in vectors: ceil(log2(window)) passes, quicker than any deque. What
the gain loses is averaged as whole numbers of 2**-30, rounded up, so the running
sum is exact: it never drifts, and rests at 0.

Reference: G. Luff, "Designing a straightforward limiter", signalsmith-audio.co.uk, 2022.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from audiograph.dsp.decibels import amplitude
from audiograph.dsp.detector import FORGETTING, kept
from audiograph.dsp.lookahead import held_back, weighed
from audiograph.kernel import inlined, kernel

PART = 1024  # frames taken at a time
ONE = 2**30  # the gain 1
BELOW = 1e-11  # how far below nothing a release aims, so that it arrives


class LimiterCoefs(NamedTuple):
    """What it holds to."""

    ceiling: float
    release: float  # what is kept of the loss beyond that which is needed, each frame


class LimiterState(NamedTuple):
    """What went before. The window is past.shape[1] + 1 frames."""

    past: NDArray[np.float32]  # (channels, window - 1)
    wanted: NDArray[np.float32]  # (window - 1 + PART,) gains: what went before, then this part
    lost: NDArray[np.int64]  # (window + PART,) 1 - released gain in units of 1 / ONE, likewise
    total: NDArray[np.int64]  # (1,) the sum of the last window of them
    level: NDArray[np.float64]  # (1,) the last of them
    clock: NDArray[np.int64]  # (1,)
    scratch: NDArray[np.float32]  # (2, window - 1 + PART)


def limiter_coefs(rate: int, ceiling: float, release: float) -> LimiterCoefs:
    """Of a ceiling in dB and a release in seconds."""
    hair = 2.0**-21  # for the roundings of a quotient, a product and a mean
    return LimiterCoefs(amplitude(ceiling) * (1 - hair), kept(release, rate))


def at_rest(channels: int, latency: int) -> LimiterState:
    """The state of a limiter that looks `latency` frames ahead, 1 at least."""
    wanted, lost = np.ones(latency + PART, np.float32), np.zeros(latency + 1 + PART, np.int64)
    past, scratch = np.zeros((channels, latency), np.float32), np.ones((2, latency + PART), np.float32)
    return LimiterState(
        past, wanted, lost, np.zeros(1, np.int64), np.zeros(1), np.zeros(1, np.int64), scratch
    )


def memory(rate: int, latency: int, release: float) -> int:
    """Frames after which it has forgotten its input."""
    return 2 * (latency + 1) + round(FORGETTING * release * rate)


@inlined
def _shift(line, by):
    later = line[by:]
    for n in range(line.shape[0] - PART):
        line[n] = later[n]


@inlined
def _want(x, first, ceiling, gains):
    """The gain that each frame of x from `first` on needs."""
    for n in range(gains.shape[0]):
        gains[n] = ceiling
    for ch in range(x.shape[0]):
        source = x[ch, first : first + gains.shape[0]]
        for n in range(gains.shape[0]):
            gains[n] = max(gains[n], abs(source[n]))
    for n in range(gains.shape[0]):
        gains[n] = ceiling / gains[n]


@inlined
def _lower(a, b, out):
    for n in range(out.shape[0]):
        out[n] = min(a[n], b[n])


@inlined
def _lowest(wanted, scratch, frames):
    """The lowest of each window of `wanted`. Out of place: in place it would not go in vectors."""
    window, count, span = wanted.shape[0] - PART + 1, wanted.shape[0] - PART + frames, 1
    a, b, other = wanted, scratch[0], scratch[1]
    while 2 * span <= window:
        count -= span
        _lower(a[:count], a[span:], b[:count])
        span *= 2
        a, b, other = b, other, b
    _lower(a[:frames], a[window - span :], b[:frames])
    return b[:frames]


@inlined
def _released(gain, lost, keep, s):
    """Release what is held, and put the mean over the window in its place."""
    level, total, window = s.level[0], s.total[0], lost.shape[0] - PART
    added, full = lost[window:], window * ONE
    scale = 1 / full
    for n in range(gain.shape[0]):
        needed = 1 - np.float64(gain[n])
        level = max(needed, keep * level + (1 - keep) * (needed - BELOW))
        whole = np.int64(np.ceil(level * ONE))
        added[n] = whole
        total += whole - lost[n]
        gain[n] = (full - total) * scale
    s.level[0], s.total[0] = level, total


@inlined
def _over(x, first, frames, ceiling):
    """Whether a sample is above the ceiling, or is no number; by its bits, so that it goes in vectors."""
    loudest = np.int32(0)
    for ch in range(x.shape[0]):
        bits = x[ch, first : first + frames].view(np.int32)
        for n in range(bits.shape[0]):
            loudest = max(loudest, bits[n] & np.int32(0x7FFFFFFF))
    return loudest > np.float32(ceiling).view(np.int32)


@kernel
def limit(x, y, c, s):
    """Keep every sample of x at or below the ceiling; y is late by the look-ahead."""
    before, ceiling = s.past.shape[1], np.float32(c.ceiling)
    for first in range(0, x.shape[1], PART):
        frames = min(PART, x.shape[1] - first)
        if s.level[0] == 0 and s.total[0] == 0 and not _over(x, first, frames, ceiling):
            for ch in range(x.shape[0]):  # at rest every gain is 1, and what it keeps of them stays as it is
                held_back(
                    x[ch, first : first + PART], y[ch, first : first + PART], s.past[ch], s.clock[0] + first
                )
            continue
        _want(x, first, ceiling, s.wanted[before : before + frames])
        gain = _lowest(s.wanted, s.scratch, frames)
        _released(gain, s.lost, c.release, s)
        weighed(x, first, gain, y, s.past, s.clock[0])
        _shift(s.wanted, frames)
        _shift(s.lost, frames)
    s.clock[0] += x.shape[1]
