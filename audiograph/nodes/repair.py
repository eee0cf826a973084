# mypy: allow-untyped-defs, allow-untyped-calls
"""Repair: undoes wrapped samples and a DC offset, the traces of a careless conversion.

audiograph/dsp/wrapping.py tells a wrap from a loud sound. audiograph/dsp/offsets.py
follows the offset as a mean of 32 ms to 63 %; taking it off is a high-pass at 5 Hz:
-0.26 dB at 20 Hz, -0.02 dB at 80 Hz.

Reference: J. O. Smith, "Introduction to Digital Filters", W3K, 2007: DC blocker, here as the sound
less its mean. K. Itoh, "Analysis of the phase unwrapping algorithm", Applied Optics 21(14), 1982. J.
Makhoul, "Linear prediction: a tutorial review", Proc. IEEE 63(4), 1975.
"""

from functools import partial
from math import pi
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from audiograph.dsp import offsets, wrapping
from audiograph.dsp.detector import FORGETTING, one_pole
from audiograph.dsp.offsets import centred
from audiograph.dsp.wrapping import unwrapped
from audiograph.kernel import kernel
from audiograph.node import Effect, Setup, effect
from audiograph.units import flag

PART = wrapping.PART
MEAN = 1 / (2 * pi * 5)  # seconds to 63 %: a high-pass at 5 Hz


class RepairCoefs(NamedTuple):
    """Parameters of both repairs."""

    longest: int  # frames of the longest wrap
    keep: float  # one-pole factor of the mean; 1 leaves the offset
    silent: int  # frames of zeros that are a silence
    short: int  # frames of a sound that has no mean at first


class RepairState(NamedTuple):
    """Carried from block to block: the fields of WrapState and OffsetState."""

    open: NDArray[np.int64]
    past: NDArray[np.float32]
    scratch: NDArray[np.float32]
    around: NDArray[np.float64]
    predictor: NDArray[np.float64]
    ahead: NDArray[np.float32]
    place: NDArray[np.int64]
    mean: NDArray[np.float64]


def _at_rest(channels: int, rate: int) -> RepairState:
    return RepairState(*wrapping.at_rest(channels, rate), *offsets.at_rest(channels, rate))


@kernel
def _repair(x, y, c, s):
    for ch in range(x.shape[0]):
        for first in range(0, x.shape[1], PART):
            last = min(first + PART, x.shape[1])
            out = y[ch, first:last]
            unwrapped(x[ch, first:last], c.longest, s, ch, out)
            if c.keep < 1:
                centred(out, c, s, ch)


@effect
def repair(
    setup: Setup,
    dc: bool = flag(True, "remove a DC offset, from the first frame on, and what is below 5 Hz"),
) -> Effect:
    """Repairs clicks of samples that wrapped past full scale, as in some AI voices, and removes a DC offset.

    A sample of exactly 1.0, converted to 16 bits without care, becomes -32768: a
    click. Nearly all peaks of up to 1.3 times full scale are restored to the bit, and
    higher ones where the sound is smooth; doubtful ones are left. A limiter may
    follow. Clean, loud and clipped sound is not touched. It needs the sample rate at
    which the sound was made, as resampling spreads a click: for a file of another
    rate than the mix, say `repair: true` at its `source`.
    """
    silent, short = (max(2, setup.frames(time)) for time in (offsets.SILENT, offsets.SHORT))
    keep = one_pole(MEAN, setup.rate) if dc else 1.0
    coefs = RepairCoefs(wrapping.longest(setup.rate), keep, silent, short)
    late = wrapping.delay(setup.rate) + (offsets.delay(setup.rate) if dc else 0)
    memory = late + wrapping.delay(setup.rate) + (setup.frames(FORGETTING * MEAN) if dc else 0)
    state = partial(_at_rest, setup.inputs[0].channels, setup.rate)
    return Effect(_repair, coefs, state, latency=late, memory=memory)
