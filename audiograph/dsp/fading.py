# mypy: allow-untyped-defs, allow-untyped-calls
"""Fades in at the start and out at the end, together with gains as in `matrix`."""

from functools import partial
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from audiograph.dsp.curves import along
from audiograph.dsp.gains import Floats, arrived, mixed
from audiograph.kernel import inlined, kernel

PART = 512  # frames processed at a time


class FadeCoefs(NamedTuple):
    """Gains, and the fades; times are in frames."""

    gains: Floats  # (outputs, inputs)
    ramp: int  # frames that a change of a gain takes
    points: Floats  # (2, points) the curve, forwards and backwards
    start: int  # where the fade-in begins
    rise: int  # length of the fade-in, 0 for none
    end: int  # where the fade-out ends
    fall: int  # length of the fade-out, 0 for none


class FadeState(NamedTuple):
    """Carried from block to block."""

    clock: NDArray[np.int64]  # (1,) time of the next frame
    ramps: Floats  # (outputs, inputs, 3)
    scratch: NDArray[np.float32]  # (2, PART)


def fade_state(gains: Floats) -> partial[FadeState]:
    """A function that makes the state of `faded`."""
    return partial(_at_zero, gains)


def _at_zero(gains: Floats) -> FadeState:
    return FadeState(np.zeros(1, np.int64), arrived(gains), np.zeros((2, PART), np.float32))


@inlined
def _factors(c, at, factor, other):
    """Fill `factor` with the product of both fades, from frame `at` on."""
    if c.rise > 0:
        along(c.points[0], at - c.start, c.rise, c.points[0, 0], 1.0, factor)
    else:
        for n in range(factor.shape[0]):
            factor[n] = 1
    if c.fall > 0:
        along(c.points[1], at - c.end + c.fall, c.fall, 1.0, c.points[0, 0], other)
        for n in range(factor.shape[0]):
            factor[n] *= other[n]


@kernel
def faded(x, y, c, s):
    """Apply the gains to the whole block, then the fades to those parts that lie within one."""
    mixed(x, y, c, s)
    for first in range(0, y.shape[1], PART):
        at, frames = s.clock[0] + first, min(PART, y.shape[1] - first)
        rising = c.rise > 0 and at < c.start + c.rise
        falling = c.fall > 0 and at + frames > c.end - c.fall
        if rising or falling:
            factor = s.scratch[0, :frames]
            _factors(c, at, factor, s.scratch[1, :frames])
            for ch in range(y.shape[0]):
                out = y[ch, first : first + frames]
                for n in range(out.shape[0]):
                    out[n] *= factor[n]
    s.clock[0] += y.shape[1]
