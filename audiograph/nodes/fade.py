# mypy: allow-untyped-defs, allow-untyped-calls
"""In at the start, out at the end.

Reference: curves as in FFmpeg's filter afade, which weighs a frame at its start:
here it is weighed at its middle. Where the two fades overlap both weigh. A curve
is within 4e-5 of its formula, but for the upright ends of log, squ, cbr and par.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from audiograph.dsp.curves import NAMES, along, table
from audiograph.errors import NodeError
from audiograph.kernel import inlined, kernel
from audiograph.node import Effect, Setup, effect
from audiograph.units import choice, seconds

PART = 512  # frames taken at a time


class FadeCoefs(NamedTuple):
    """Where the fades are, in frames."""

    points: NDArray[np.float64]  # (2, points) of the curve, forwards and backwards
    start: int
    rise: int  # length, 0 for none
    end: int
    fall: int


class FadeState(NamedTuple):
    """The number of the next frame, and room for the factors of a part."""

    clock: NDArray[np.int64]
    scratch: NDArray[np.float32]  # (2, PART)


def _at_zero() -> FadeState:
    return FadeState(np.zeros(1, np.int64), np.zeros((2, PART), np.float32))


@inlined
def _times(a, factor, b):
    for n in range(b.shape[0]):
        b[n] = a[n] * factor[n]


@inlined
def _copied(a, b):
    for n in range(b.shape[0]):
        b[n] = a[n]


@inlined
def _factors(c, at, factor, other):
    """The product of both fades, from frame `at` on."""
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
def _fade(x, y, c, s):
    for first in range(0, x.shape[1], PART):
        at, frames = s.clock[0] + first, min(PART, x.shape[1] - first)
        rising = c.rise > 0 and at < c.start + c.rise
        falling = c.fall > 0 and at + frames > c.end - c.fall
        factor = s.scratch[0, :frames]
        if rising or falling:
            _factors(c, at, factor, s.scratch[1, :frames])
        for ch in range(x.shape[0]):
            a, b = x[ch, first : first + frames], y[ch, first : first + frames]
            if rising or falling:
                _times(a, factor, b)
            else:
                _copied(a, b)
    s.clock[0] += x.shape[1]


@effect
def fade(
    setup: Setup,
    fade_in: float = seconds(0, 0, 600, "time from the start of the sound to its full level"),
    fade_out: float = seconds(0, 0, 600, "time from full level to the end of the sound"),
    curve: str = choice(*NAMES, help="how the level rises; out is the same backwards"),
) -> Effect:
    """Fade in from the start of a sound and out towards its end.

    `equal_power` and `sine` begin and end more softly to the ear than `linear`;
    tri, qsin, hsin and the rest are FFmpeg's names.
    """
    (sound,) = setup.inputs
    if fade_out and sound.frames is None:
        raise NodeError("cannot fade out what never ends: give it a length")
    rise, fall = setup.frames(fade_in), setup.frames(fade_out)
    points = np.stack([table(curve), table(curve)[::-1]])
    coefs = FadeCoefs(points, sound.start, rise, sound.frames or 0, fall)
    return Effect(_fade, coefs, _at_zero, memory=0)
