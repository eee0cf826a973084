# mypy: allow-untyped-defs, allow-untyped-calls
"""How high a sound comes between its samples, where that matters.

Between samples a sound is interpolated, four values a frame, and 1/64 of its
largest second difference close by is added: the values are a quarter of a frame
apart, and 1/128 of it is how far a parabola can rise between two of them. The
rest is for what lies near half the rate, where no two meters agree.

Few parts come so high. An interpolated value is one on the straight line between
two samples, and second differences, each with a weight; so the highest sample and
the largest second difference say how high a group of frames can come at most, and
below the ceiling nothing is interpolated. No bit depends on that.

Reference: Recommendation ITU-R BS.1770-5, annex 2: true peak, 4 times oversampled.
"""

import numpy as np

from audiograph.dsp.true_peak import DELAY, MORE, PAST, TAPS, interpolator, true_peaks
from audiograph.kernel import inlined

GROUP = 64  # frames that are interpolated together, or not
AROUND = 96  # frames that these hear, PAST more; in round numbers, so that they fill vectors
BEND = np.float32(1 / 64)  # of a second difference


def _rise() -> tuple[float, float]:
    """What the highest sample and the largest second difference may each add to a value in between."""
    straight, bent = 1.0, 0.0
    for fraction in (0.25, 0.5, 0.75):
        rest = interpolator(fraction)
        rest[DELAY] -= 1 - fraction
        rest[DELAY - 1] -= fraction
        off, tilt = rest.sum(), rest @ (np.arange(TAPS) - DELAY)
        rest[DELAY] += tilt - off  # so that what is left is second differences alone
        rest[DELAY + 1] -= tilt
        straight = max(straight, 1 + abs(off - tilt) + abs(tilt))
        bent = max(bent, float(np.abs(np.cumsum(np.cumsum(rest))).sum()))
    return straight, bent + float(BEND)


_RISE = np.array(_rise()) * (1 + 1e-5)  # more, by all that rounding could do
STRAIGHT, BENT = np.float32(_RISE[0]), np.float32(_RISE[1])


@inlined
def line_up(x, first, frames, s):
    """Put x from frame `first` on, and PAST frames before it, into `s.line`; and into `s.bend` how it bends.

    What was before is in the ring `s.past`, as in `held_back`.
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
    """The largest magnitude, or no number if one is none; by its bits, so that it goes in vectors."""
    most, bits = np.int32(0), x.view(np.int32)
    for n in range(bits.shape[0]):
        most = max(most, bits[n] & np.int32(0x7FFFFFFF))
    return np.int32(most).view(np.float32)


@inlined
def at_most(line, bend):
    """No value of these frames, or between them, is higher."""
    return STRAIGHT * largest(line) + BENT * largest(bend)


@inlined
def peaks(line, bend, ceiling, gains, scratch):
    """Raise `gains` to how high one channel comes, where that may be above the ceiling."""
    for first in range(0, gains.shape[0], GROUP):
        highest = gains[first : first + GROUP]
        if at_most(line[first : first + AROUND], bend[first : first + AROUND]) <= ceiling:
            continue
        size = highest.shape[0]
        now, half = scratch[0, :size], scratch[1, : size + MORE]
        true_peaks(line[first : first + PAST + size], half, now)
        a, b = bend[first + DELAY - 2 :], bend[first + DELAY - 1 :]
        c, d = bend[first + DELAY :], bend[first + DELAY + 1 :]
        for n in range(size):
            most = max(max(a[n], b[n]), max(c[n], d[n]))
            highest[n] = max(highest[n], now[n] + BEND * most)
