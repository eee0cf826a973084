# mypy: allow-untyped-defs, allow-untyped-calls
"""True peak for the limiter: interpolates only where a sound may exceed the ceiling.

A sound is interpolated to four values a frame, and 1/64 of its largest second
difference nearby is added. The values are a quarter of a frame apart, between which
a parabola can rise by 1/128 of that difference; the rest is a margin for
frequencies near half the rate, where no two meters agree.

Most sound stays below the ceiling. An interpolated value is a point on the straight
line between two samples plus weighted second differences. So the highest sample and
the largest second difference give an upper bound for a group of frames, and a group
whose bound is below the ceiling is not interpolated. No bit depends on that.

Reference: Recommendation ITU-R BS.1770-5, annex 2: true peak, 4 times oversampled.
"""

import numpy as np

from audiograph.dsp.true_peak import DELAY, EXTRA_HALVES, PAST, TAPS, interpolator, true_peaks
from audiograph.kernel import inlined

GROUP = 64  # frames that are interpolated together, or not at all
AROUND = 96  # frames that a group depends on: PAST more, rounded up to fill vectors
BEND = np.float32(1 / 64)  # share of the second difference that is added


def _rise() -> tuple[float, float]:
    """Weights of the highest sample and of the largest second difference in the upper bound of a value."""
    straight, bent = 1.0, 0.0
    for fraction in (0.25, 0.5, 0.75):
        rest = interpolator(fraction)
        rest[DELAY] -= 1 - fraction
        rest[DELAY - 1] -= fraction
        off, tilt = rest.sum(), rest @ (np.arange(TAPS) - DELAY)
        rest[DELAY] += tilt - off  # so that only second differences are left
        rest[DELAY + 1] -= tilt
        straight = max(straight, 1 + abs(off - tilt) + abs(tilt))
        bent = max(bent, float(np.abs(np.cumsum(np.cumsum(rest))).sum()))
    return straight, bent + float(BEND)


_RISE = np.array(_rise()) * (1 + 1e-5)  # a margin for rounding
STRAIGHT, BENT = np.float32(_RISE[0]), np.float32(_RISE[1])


@inlined
def line_up(x, first, frames, s):
    """Fill `s.line` with PAST earlier frames and x from frame `first` on; `s.bend` with second differences.

    Earlier frames come from the ring `s.past`, as in `delayed`.
    """
    size, begin, whole = s.past.shape[1], s.clock[0] + first - PAST, PAST + frames
    for ch in range(x.shape[0]):
        past, before, new = s.past[ch], s.line[ch, :PAST], s.line[ch, PAST:whole]
        for n in range(PAST):
            before[n] = past[(begin + n) % size]
        source = x[ch, first : first + frames]
        for n in range(frames):
            new[n] = source[n]
        a, b, c, bend = s.line[ch, : whole - 2], s.line[ch, 1:], s.line[ch, 2:], s.bend[ch, 1:]
        for n in range(a.shape[0]):
            bend[n] = abs((a[n] - b[n]) - (b[n] - c[n]))


@inlined
def largest(x):
    """The largest magnitude, NaN if one is NaN. Comparing bits makes the loop a vector loop."""
    most, bits = np.int32(0), x.view(np.int32)
    for n in range(bits.shape[0]):
        most = max(most, bits[n] & np.int32(0x7FFFFFFF))
    return np.int32(most).view(np.float32)


@inlined
def at_most(line, bend):
    """An upper bound for the magnitudes of these frames and of the values between them."""
    return STRAIGHT * largest(line) + BENT * largest(bend)


@inlined
def peaks(line, bend, ceiling, gains, scratch):
    """Raise `gains` to the true peaks of one channel, where those may exceed the ceiling."""
    for first in range(0, gains.shape[0], GROUP):
        highest = gains[first : first + GROUP]
        if at_most(line[first : first + AROUND], bend[first : first + AROUND]) <= ceiling:
            continue
        size = highest.shape[0]
        now, half = scratch[0, :size], scratch[1, : size + EXTRA_HALVES]
        true_peaks(line[first : first + PAST + size], half, now)
        a, b = bend[first + DELAY - 2 :], bend[first + DELAY - 1 :]
        c, d = bend[first + DELAY :], bend[first + DELAY + 1 :]
        for n in range(size):
            most = max(max(a[n], b[n]), max(c[n], d[n]))
            highest[n] = max(highest[n], now[n] + BEND * most)
