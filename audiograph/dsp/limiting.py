# mypy: allow-untyped-defs, allow-untyped-calls
"""Brick-wall limiting with look-ahead.

The lowest gain over the window is held, released slowly, and averaged over the
same window. Each gain in the mean is at most what the frame that leaves needs, so no
sample exceeds the ceiling. The lowest of 2, 4, 8... frames comes from the step
before, in vector loops: ceil(log2(window)) passes, faster than any deque. The gain
reduction is averaged in whole units of 2**-46, rounded up, so the running sum is
exact: it never drifts, and returns to 0.

With true peak, `between` gives the level of a frame up to the next one, and the
lowest gain is held over HOLD frames more on each side, which matter most to that value.

Reference: G. Luff, "Designing a straightforward limiter", signalsmith-audio.co.uk, 2022.
Recommendation ITU-R BS.1770-5, annex 2: true peak, 4 times oversampled.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from audiograph.dsp.between import ROW, ROWS, at_most, keep_last, largest, line_up, peaks
from audiograph.dsp.decibels import amplitude
from audiograph.dsp.detector import FORGETTING, one_pole
from audiograph.dsp.full_band import AFTER, PAST
from audiograph.dsp.lookahead import apply_gain, delayed
from audiograph.kernel import inlined, kernel

PART = 1024  # frames processed at a time
HOLD = 10  # frames on each side of a true peak in which its gain is held
ONE = (
    2**46
)  # the gain 1, in units of the running sum: so fine that a sound 240 dB over the ceiling comes to it
BELOW = 1e-11  # a release aims this far below 0, so that it reaches 0


class LimiterCoefs(NamedTuple):
    """Ceiling and release."""

    ceiling: float  # amplitude
    release: float  # one-pole factor of the reduction beyond the one that is needed
    true_peak: bool  # limit values between samples too


class LimiterState(NamedTuple):
    """Carried from block to block. The lowest gain is over `held` frames, the mean over `window`."""

    past: NDArray[np.float32]  # (channels, latency)
    wanted: NDArray[np.float32]  # (held - 1 + PART,) gains: those before, then this part
    lost: NDArray[np.int64]  # (window + PART,) 1 - gain in units of 1 / ONE, likewise
    total: NDArray[np.int64]  # (1,) sum of the last window of `lost`
    level: NDArray[np.float64]  # (1,) the last value of `lost`, as a float
    clock: NDArray[np.int64]  # (1,)
    line: NDArray[np.float32]  # (channels, PAST + PART) earlier frames, then this part
    bend: NDArray[np.float32]  # the same shape: magnitudes of the second differences
    scratch: NDArray[np.float32]  # (ROWS, held - 1 + PART)


class Delays(NamedTuple):
    """Lengths of a limiter in frames."""

    window: int  # of the mean
    held: int  # of the lowest gain
    latency: int

    def memory(self, rate: int, release: float) -> int:
        """Frames after which the limiter has forgotten an input; `release` is in seconds."""
        return self.window + self.held + self.latency + round(FORGETTING * release * rate)


def delays(lookahead: int, true_peak: bool) -> Delays:
    """The delays of a limiter that looks so many frames ahead. True peaks are known AFTER frames late."""
    window = lookahead + 1
    if not true_peak:
        return Delays(window, window, lookahead)
    return Delays(window, window + 2 * HOLD + 1, lookahead + AFTER + HOLD)


def limiter_coefs(rate: int, ceiling: float, release: float, true_peak: bool) -> LimiterCoefs:
    """Coefs for a ceiling in dB and a release in seconds."""
    hair = 2.0**-21  # margin for the rounding of a quotient, a product and a mean
    return LimiterCoefs(amplitude(ceiling) * (1 - hair), one_pole(release, rate), true_peak)


def at_rest(channels: int, frames: Delays, true_peak: bool) -> LimiterState:
    """The state before the first frame. The latency must be at least 1 frame."""
    wanted = np.ones(frames.held - 1 + PART, np.float32)
    lost = np.zeros(frames.window + PART, np.int64)
    past = np.zeros((channels, frames.latency), np.float32)
    line = np.zeros((channels, PAST + PART if true_peak else 0), np.float32)
    scratch = np.ones((ROWS, max(ROW, wanted.shape[0])), np.float32)
    return LimiterState(
        past,
        wanted,
        lost,
        np.zeros(1, np.int64),
        np.zeros(1),
        np.zeros(1, np.int64),
        line,
        line.copy(),
        scratch,
    )


@inlined
def _shift(line, by):
    later = line[by:]
    for n in range(line.shape[0] - PART):
        line[n] = later[n]


@inlined
def _want(x, first, c, gains, s):
    """Fill `gains` with the gain that each frame of x from `first` on needs."""
    ceiling, frames = np.float32(c.ceiling), gains.shape[0]
    for n in range(frames):
        gains[n] = ceiling
    for ch in range(x.shape[0]):
        if c.true_peak:
            whole = PAST + frames
            peaks(s.line[ch, :whole], s.bend[ch, :whole], ceiling, gains, s.scratch)
        else:
            source = x[ch, first : first + frames]
            for n in range(frames):
                gains[n] = max(gains[n], abs(source[n]))
    for n in range(frames):
        gains[n] = ceiling / gains[n]


@inlined
def _lower(a, b, out):
    for n in range(out.shape[0]):
        out[n] = min(a[n], b[n])


@inlined
def _lowest(wanted, scratch, frames):
    """The lowest gain of each window of `wanted`. Out of place, as in place no vector loop is possible."""
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
    """Replace the held gain by the released gain, averaged over the window."""
    level, total, window = s.level[0], s.total[0], lost.shape[0] - PART
    added, full = lost[window:], window * ONE
    scale = 1 / full
    for n in range(gain.shape[0]):
        needed = 1 - np.float64(gain[n])  # rounded, so a very low gain is compared as it is, too
        level = max(needed, keep * level + (1 - keep) * (needed - BELOW))
        whole = max(np.int64(np.ceil(level * ONE)), ONE - np.int64(np.float64(gain[n]) * ONE))
        added[n] = whole
        total += whole - lost[n]
        gain[n] = (full - total) * scale
    s.level[0], s.total[0] = level, total


@inlined
def _over(x, first, frames, c, s):
    """Whether a value may exceed the ceiling, or is NaN."""
    ceiling, whole = np.float32(c.ceiling), PAST + frames
    for ch in range(x.shape[0]):
        if c.true_peak:
            highest = at_most(s.line[ch, :whole], s.bend[ch, :whole], ceiling)
        else:
            highest = largest(x[ch, first : first + frames])
        if not highest <= ceiling:
            return True
    return False


@kernel
def limit(x, y, c, s):
    """y is x at or below the ceiling, delayed by the latency."""
    before = s.wanted.shape[0] - PART
    for first in range(0, x.shape[1], PART):
        frames = min(PART, x.shape[1] - first)
        if c.true_peak:
            line_up(x, first, frames, s)
        if s.level[0] == 0 and s.total[0] == 0 and not _over(x, first, frames, c, s):
            last = first + frames  # at rest every gain is 1, and the state of the gain does not change
            for ch in range(x.shape[0]):
                delayed(x[ch, first:last], y[ch, first:last], s.past[ch], s.clock[0] + first)
        else:
            _want(x, first, c, s.wanted[before : before + frames], s)
            gain = _lowest(s.wanted, s.scratch, frames)
            _released(gain, s.lost, c.release, s)
            apply_gain(x, first, gain, y, s.past, s.clock[0])
            _shift(s.wanted, frames)
            _shift(s.lost, frames)
        if c.true_peak:
            keep_last(frames, s)
    s.clock[0] += x.shape[1]
