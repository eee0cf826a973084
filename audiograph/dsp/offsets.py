# mypy: allow-untyped-defs, allow-untyped-calls
"""A DC offset taken off from the first frame of a sound to its last.

The offset is a running mean, a one-pole. It begins with the mean of the first
LOOKAHEAD, weighted by the window (1 - u**2)**2, which hears nothing of a voice: a sine
of 50 Hz is 53 dB down, one of 100 Hz 71 dB. A sound begins, and begins again, after
SILENT of digital silence, which has no offset and stays silent. One that fades in
begins without: it is far below its mean at first. So does one of less than SHORT, in
which an offset could not be told from a click.

Reference: J. O. Smith, "Introduction to Digital Filters", W3K, 2007: DC blocker, here as the
sound less its mean. F. J. Harris, "On the use of windows for harmonic analysis with the
discrete Fourier transform", Proc. IEEE 66(1), 1978 (the window: the square of Riesz's).
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from audiograph.dsp.denormals import flush_denormals
from audiograph.kernel import inlined

LOOKAHEAD = 0.1  # seconds in which the first mean is taken
SHORT = 0.03  # seconds; a shorter sound has no mean at first
SILENT = 0.003  # seconds of zeros that are a silence


class OffsetState(NamedTuple):
    """Carried from block to block."""

    ahead: NDArray[np.float32]  # (channels, LOOKAHEAD) the next frames, from `place` on, around the end
    place: NDArray[np.int64]  # (channels, 3) in `ahead`; zeros known to follow; 1 in a silence
    mean: NDArray[np.float64]  # (channels,)


def at_rest(channels: int, rate: int) -> OffsetState:
    """The state before the first frame, which is one of silence."""
    place = np.tile(np.array([0, 0, 1], np.int64), (channels, 1))
    return OffsetState(np.zeros((channels, delay(rate)), np.float32), place, np.zeros(channels))


def delay(rate: int) -> int:
    """Latency in frames."""
    return round(LOOKAHEAD * rate)


@inlined
def zeros(ahead, at, most):
    """How many zeros come next, at most so many."""
    for n in range(most):
        if ahead[at] != 0:
            return n
        at = at + 1 if at + 1 < ahead.shape[0] else 0
    return most


@inlined
def length(ahead, at, silent):
    """Frames until the next silence, or the end of what is known."""
    run = 0
    for n in range(ahead.shape[0]):
        run = run + 1 if ahead[at] == 0 else 0
        if run == silent:
            return n + 1 - run
        at = at + 1 if at + 1 < ahead.shape[0] else 0
    return ahead.shape[0]


@inlined
def first_mean(first, ahead, at, silent, short):
    """The mean with which a sound begins, of which one frame is the first, and the others come next."""
    frames = length(ahead, at, silent)
    if frames < short:
        return 0.0
    total, weights, highest = 0.0, 0.0, abs(np.float64(first))
    for n in range(frames):
        u = 2.0 * (n + 1) / (frames + 1) - 1
        weight = (1 - u * u) * (1 - u * u)
        total += weight * ahead[at]
        weights += weight
        if n < silent:
            highest = max(highest, abs(np.float64(ahead[at])))
        at = at + 1 if at + 1 < ahead.shape[0] else 0
    mean = total / weights
    return mean if highest > 0.5 * abs(mean) else 0.0


@inlined
def centred(y, c, s, ch):
    """y without its offset, in place, and late by the delay."""
    ahead, at, known, still = s.ahead[ch], s.place[ch, 0], s.place[ch, 1], s.place[ch, 2]
    mean, keep = s.mean[ch], c.keep
    for n in range(y.shape[0]):
        x = ahead[at]
        ahead[at] = y[n]
        at = at + 1 if at + 1 < ahead.shape[0] else 0
        if x == 0:
            if still == 0:
                if known == 0:
                    known = 1 + zeros(ahead, at, c.silent - 1)
                    still = 1 if known == c.silent else 0
                known -= 1
        elif still != 0:
            still, known = 0, 0
            mean = first_mean(x, ahead, at, c.silent, c.short)
        mean = keep * mean + (1 - keep) * x
        y[n] = x - mean if still == 0 else np.float32(0)
    s.place[ch, 0], s.place[ch, 1], s.place[ch, 2] = at, known, still
    s.mean[ch] = flush_denormals(mean)
