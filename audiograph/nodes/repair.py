# mypy: allow-untyped-defs, allow-untyped-calls
"""What a careless converter left: samples that wrapped, and a constant offset.

How a wrap is told from a loud sound is in audiograph/dsp/wrapping.py. The offset
is followed as a one-pole mean of 32 ms to 63 %, which is a high-pass at 5 Hz: 0.26
dB less at 20 Hz, 0.02 dB at 80 Hz.

Reference: J. O. Smith, "Introduction to Digital Filters", W3K, 2007: DC blocker, here as the sound
less its mean. K. Itoh, "Analysis of the phase unwrapping algorithm", Applied Optics 21(14), 1982.
"""

from functools import partial
from math import pi
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from audiograph.dsp import wrapping
from audiograph.dsp.denormals import flush_denormals
from audiograph.dsp.detector import FORGETTING, kept
from audiograph.dsp.wrapping import unwrapped
from audiograph.kernel import inlined, kernel
from audiograph.node import Effect, Setup, effect
from audiograph.units import flag

PART = wrapping.PART
MEAN = 1 / (2 * pi * 5)  # seconds to 63 %: a high-pass at 5 Hz


class RepairCoefs(NamedTuple):
    """What it looks for."""

    longest: int  # frames of a wrap
    keep: float  # of the mean, by a frame; 1: the offset stays


class RepairState(NamedTuple):
    """What went before."""

    open: NDArray[np.int64]  # as in WrapState
    past: NDArray[np.float32]
    scratch: NDArray[np.float32]
    mean: NDArray[np.float64]  # (channels,)


def _at_rest(channels: int, rate: int) -> RepairState:
    return RepairState(*wrapping.at_rest(channels, rate), np.zeros(channels))


@inlined
def _centred(y, keep, mean):
    """Take the mean off y, in place; gives the mean at its end."""
    for n in range(y.shape[0]):
        mean = keep * mean + (1 - keep) * y[n]
        y[n] -= mean
    return flush_denormals(mean)


@kernel
def _repair(x, y, c, s):
    for ch in range(x.shape[0]):
        for first in range(0, x.shape[1], PART):
            last = min(first + PART, x.shape[1])
            out = y[ch, first:last]
            unwrapped(x[ch, first:last], c.longest, s, ch, out)
            if c.keep < 1:
                s.mean[ch] = _centred(out, c.keep, s.mean[ch])


@effect
def repair(
    setup: Setup,
    dc: bool = flag(True, "take a constant offset off, and what is below 5 Hz"),
) -> Effect:
    """Mends clicks of samples that wrapped past full scale, as AI voices have them, and takes an offset off.

    A sample of exactly 1.0, made a 16-bit number without care, is -32768: a
    click. Put back are peaks of up to 1.3 times full scale nearly all, to the bit, and
    higher ones where the sound is smooth; what is not sure is left. A limiter
    may follow. Clean, loud and clipped sound is left alone. It works where the
    sound has the rate at which it was made: for a file of another rate than the
    mix, whose resampling spreads a click, say `repair: true` at its `source`.
    """
    coefs = RepairCoefs(wrapping.longest(setup.rate), kept(MEAN, setup.rate) if dc else 1.0)
    late = wrapping.delay(setup.rate)
    memory = late + wrapping.delay(setup.rate) + (setup.frames(FORGETTING * MEAN) if dc else 0)
    state = partial(_at_rest, setup.inputs[0].channels, setup.rate)
    return Effect(_repair, coefs, state, latency=late, memory=memory)
