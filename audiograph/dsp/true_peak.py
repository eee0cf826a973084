# mypy: allow-untyped-defs, allow-untyped-calls
"""True peak: the level of a sound between its samples, from four values a frame.

One value is the sample, three are interpolated in two steps. The value halfway to the
next frame comes from 18 samples around it. Samples and halves together have twice
the rate, of which the sound fills at most the lower half, so 6 of them are enough for
the values at 1/4 and 3/4. The response is flat within 0.02 dB up to 18 kHz at
44.1 kHz, where the filter that the standard prints as an example ripples by 0.24 dB.

Of all filters of these lengths with a gain of 1 for a constant, these have the
smallest error up to 18 kHz at 44.1 kHz, found by linear programming;
tests/measuring/test_true_peak.py repeats it.

Reference: Recommendation ITU-R BS.1770-5, annex 2: 4 times oversampled peaks. P. P. Vaidyanathan,
"Multirate Systems and Filter Banks", 1993, section 4.3: interpolation in steps.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from audiograph.kernel import inlined

Taps = NDArray[np.float64]

TAPS = 20
PAST = TAPS - 1  # frames needed before the first
DELAY = TAPS // 2  # peak[n] is that of frame n - DELAY and of the time up to the next frame
EXTRA_HALVES = 2  # halves that are needed besides one per frame

HALF = np.array([
    0.6321761, -0.1996143, 0.1069521, -0.0645226, 0.0393424, -0.0236794, 0.0130862, -0.0068310, 0.0030905,
])  # fmt: skip
QUARTER = np.array([0.5971705, -0.1164047, 0.0192342])
H1, H2, H3, H4, H5, H6, H7, H8, H9 = HALF.astype(np.float32)
Q1, Q2, Q3 = QUARTER.astype(np.float32)


def between(fraction: float, half: Taps, quarter: Taps, frame: Callable[[int], Taps]) -> Taps:
    """The weights of frames for the value at 1/4, 1/2 or 3/4 of the way from frame 0 to frame 1.

    Halves come from frames by the symmetrical filter `half`, quarters from frames
    and halves by `quarter`. `frame(n)` are the weights that select frame n.
    """

    def twice(place: int) -> Taps:
        """At twice the rate: frames at even places, halves at odd ones."""
        at = place // 2
        if place % 2 == 0:
            return frame(at)
        parts = [tap * (frame(at + 1 - k) + frame(at + k)) for k, tap in enumerate(half, 1)]
        return np.asarray(np.sum(parts, axis=0))

    if fraction == 0.5:
        return twice(1)
    place = round(2 * fraction - 0.5)
    parts = [tap * (twice(place + 1 - k) + twice(place + k)) for k, tap in enumerate(quarter, 1)]
    return np.asarray(np.sum(parts, axis=0))


def interpolator(fraction: float) -> Taps:
    """The taps, latest first, of the value at 1/4, 1/2 or 3/4 of the way from frame n - DELAY to the next."""
    return between(fraction, HALF, QUARTER, lambda frame: np.asarray(np.eye(TAPS)[DELAY - frame]))


# no value is higher than this times the highest sample
HIGHEST_GAIN = np.float32(1.001 * max(np.abs(interpolator(part)).sum() for part in (0.25, 0.5, 0.75)))


@inlined
def _halves(x, half):
    for n in range(half.shape[0]):
        near = H1 * (x[n + 8] + x[n + 9]) + H2 * (x[n + 7] + x[n + 10]) + H3 * (x[n + 6] + x[n + 11])
        middle = H4 * (x[n + 5] + x[n + 12]) + H5 * (x[n + 4] + x[n + 13]) + H6 * (x[n + 3] + x[n + 14])
        far = H7 * (x[n + 2] + x[n + 15]) + H8 * (x[n + 1] + x[n + 16]) + H9 * (x[n] + x[n + 17])
        half[n] = near + (middle + far)


@inlined
def true_peaks(x, half, peak):
    """peak[n] is the highest magnitude of frame n - DELAY and of the three values between it and the next.

    x has PAST more frames than peak: x[PAST + n] is frame n. To lose no value, begin each part with
    the last PAST frames of the part before, and end the sound with DELAY zeros. `half` is scratch for
    the values at 1/2, EXTRA_HALVES longer than peak.
    """
    _halves(x, half)
    for n in range(peak.shape[0]):
        before, here, there, after = x[n + 8], x[n + 9], x[n + 10], x[n + 11]
        last, between, following = half[n], half[n + 1], half[n + 2]
        one = Q1 * (here + between) + (Q2 * (last + there) + Q3 * (before + following))
        three = Q1 * (between + there) + (Q2 * (here + following) + Q3 * (last + after))
        peak[n] = max(max(abs(here), abs(between)), max(abs(one), abs(three)))
