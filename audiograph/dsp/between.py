# mypy: allow-untyped-defs, allow-untyped-calls
"""True peak for the limiter: interpolates only where a sound may exceed the ceiling.

A sound is interpolated to four values a frame, and 1/48 of its largest second
difference nearby is added. The values are a quarter of a frame apart, between which
a parabola can rise by 1/128 of that difference; the rest is a margin for
frequencies near half the rate, where no two meters agree.

The short filters of `true_peak` serve where a sound has little above 0.4 of the rate,
as most has at 44.1 kHz. Where its sixth difference nearby, in which such frequencies
are 55 times as high and those below a quarter of the rate at most 8 times, is more
than twice the ceiling, the long filters of `full_band` take their place.

Most sound stays below the ceiling. An interpolated value is a point on the straight
line between two samples plus weighted second differences. So the highest sample and
the largest second difference give an upper bound for a group of frames, and a group
whose bound is below the ceiling is not interpolated. No bit depends on that.

Reference: Recommendation ITU-R BS.1770-5, annex 2: true peak, 4 times oversampled.
"""

import numpy as np
from numpy.typing import NDArray

from audiograph.dsp import full_band, true_peak
from audiograph.dsp.full_band import AFTER, BEFORE, PAST, full_peaks
from audiograph.dsp.true_peak import true_peaks
from audiograph.kernel import inlined

GROUP = 64  # frames that are interpolated together, or not at all
AROUND = 144  # frames that a group depends on: PAST more, rounded up to fill vectors
BEND = np.float32(1 / 48)  # share of the second difference that is added
SHARP = np.float32(2)  # a sixth difference beyond so many ceilings needs the long filters
NEAR = 8  # frames on each side in which it is looked for
GROWN = np.float32(16.01)  # no sixth difference is more than so many times the largest second one
CALM = np.float32(1000)  # a sound of fewer ceilings has no sixth differences by rounding alone
SHORT = AFTER - true_peak.DELAY  # frames before those that the short filters need
LONG_EXTRA, SHORT_EXTRA = full_band.EXTRA_HALVES, true_peak.EXTRA_HALVES
ROWS, ROW = 4, GROUP + 2 * NEAR  # of scratch, and their least length


def _rise(filters: list[NDArray[np.float64]], here: int) -> tuple[np.float32, np.float32]:
    """Weights of the highest sample and of the largest second difference in the upper bound of a value.

    `filters` give the values at 1/4, 1/2 and 3/4 of the way from sample `here` to the next.
    """
    straight, bent = 1.0, 0.0
    for fraction, taps in zip((0.25, 0.5, 0.75), filters, strict=True):
        rest = taps.copy()
        rest[here] -= 1 - fraction
        rest[here + 1] -= fraction
        off, tilt = rest.sum(), rest @ (np.arange(len(rest)) - here)
        rest[here] += tilt - off  # so that only second differences are left
        rest[here + 1] -= tilt
        straight = max(straight, 1 + abs(off - tilt) + abs(tilt))
        bent = max(bent, float(np.abs(np.cumsum(np.cumsum(rest))).sum()))
    rounding = 1 + 1e-5
    return np.float32(straight * rounding), np.float32((bent + float(BEND)) * rounding)


_FRACTIONS = 0.25, 0.5, 0.75
_SHORT_FILTERS = [true_peak.interpolator(part)[::-1] for part in _FRACTIONS]
STRAIGHT, BENT = _rise(_SHORT_FILTERS, true_peak.PAST - true_peak.DELAY)
_LONG_FILTERS = [full_band.interpolator(part) for part in _FRACTIONS]
LONG_STRAIGHT, LONG_BENT = _rise(_LONG_FILTERS, BEFORE)
HIGHEST_GAIN = np.float32(1.001 * max(np.abs(taps).sum() for taps in _LONG_FILTERS + _SHORT_FILTERS))


@inlined
def line_up(x, first, frames, s):
    """Put x from frame `first` on into `s.line`, behind PAST earlier frames, and fill `s.bend`.

    That has the magnitude of the second difference at each frame of the line.
    """
    for ch in range(x.shape[0]):
        line, bend = s.line[ch, : PAST + frames], s.bend[ch, 1:]
        new, source = line[PAST:], x[ch, first : first + frames]
        for n in range(frames):
            new[n] = source[n]
        a, b, c = line[: PAST + frames - 2], line[1:], line[2:]
        for n in range(a.shape[0]):
            bend[n] = abs((a[n] - b[n]) - (b[n] - c[n]))


@inlined
def keep_last(frames, s):
    """Move the last PAST of the frames of `s.line` to its start."""
    for ch in range(s.line.shape[0]):
        line, last = s.line[ch], s.line[ch, frames:]
        for n in range(PAST):
            line[n] = last[n]


@inlined
def largest(x):
    """The largest magnitude, NaN if one is NaN. Comparing bits makes the loop a vector loop."""
    most, bits = np.int32(0), x.view(np.int32)
    for n in range(bits.shape[0]):
        most = max(most, bits[n] & np.int32(0x7FFFFFFF))
    return np.int32(most).view(np.float32)


@inlined
def _smallest(x):
    """The smallest of values that are not negative."""
    least, bits = np.int32(0x7FFFFFFF), x.view(np.int32)
    for n in range(bits.shape[0]):
        least = min(least, bits[n])
    return np.int32(least).view(np.float32)


@inlined
def _bound(top, bent, ceiling):
    """An upper bound for values between samples of at most `top`, of second differences of at most `bent`."""
    if GROWN * bent <= SHARP * ceiling:
        return STRAIGHT * top + BENT * bent
    straight = max(STRAIGHT, LONG_STRAIGHT) * top + max(BENT, LONG_BENT) * bent
    return min(straight, HIGHEST_GAIN * top + BEND * bent)


@inlined
def at_most(line, bend, ceiling):
    """An upper bound for the magnitudes of these frames and of the values between them."""
    return _bound(largest(line), largest(bend), ceiling)


@inlined
def _sharpness(line, sharp, other, frames):
    """Fill `sharp` with the largest sixth difference in the 2 * NEAR frames around each frame of a group."""
    count, x, span = frames + 2 * NEAR - 1, line[BEFORE - NEAR - 3 :], 1
    for n in range(count):
        near = 15 * (x[n + 2] + x[n + 4]) - 20 * x[n + 3]
        sharp[n] = abs((x[n] + x[n + 6]) - 6 * (x[n + 1] + x[n + 5]) + near)
    while span < 2 * NEAR:
        for twice in range(2):  # out of place and back, so that both are vector loops
            one, out = (sharp, other) if twice == 0 else (other, sharp)
            count, later = count - span, one[span:]
            for n in range(count):
                out[n] = max(one[n], later[n])
            span *= 2


@inlined
def _values(line, frames, top, bent, ceiling, scratch):
    """The true peak of each frame of a group."""
    now, half, sharp, other = scratch[0, :frames], scratch[1], scratch[2], scratch[3]
    if GROWN * bent <= SHARP * ceiling and top <= CALM * ceiling:
        true_peaks(line[SHORT:], half[: frames + SHORT_EXTRA], now)
        return now
    _sharpness(line, sharp, other, frames)
    if largest(sharp[:frames]) <= SHARP * ceiling:
        true_peaks(line[SHORT:], half[: frames + SHORT_EXTRA], now)
        return now
    full_peaks(line, half[: frames + LONG_EXTRA], now)
    if _smallest(sharp[:frames]) <= SHARP * ceiling:
        short = other[:frames]
        true_peaks(line[SHORT:], half[: frames + SHORT_EXTRA], short)
        for n in range(frames):
            now[n] = now[n] if sharp[n] > SHARP * ceiling else short[n]
    return now


@inlined
def peaks(line, bend, ceiling, gains, scratch):
    """Raise `gains` to the true peaks of one channel, where those may exceed the ceiling."""
    for first in range(0, gains.shape[0], GROUP):
        highest = gains[first : first + GROUP]
        top, bent = largest(line[first : first + AROUND]), largest(bend[first : first + AROUND])
        if _bound(top, bent, ceiling) <= ceiling:
            continue
        size = highest.shape[0]
        now = _values(line[first : first + PAST + size], size, top, bent, ceiling, scratch)
        a, b = bend[first + BEFORE - 1 :], bend[first + BEFORE :]
        c, d = bend[first + BEFORE + 1 :], bend[first + BEFORE + 2 :]
        for n in range(size):
            most = max(max(a[n], b[n]), max(c[n], d[n]))
            highest[n] = max(highest[n], now[n] + BEND * most)
