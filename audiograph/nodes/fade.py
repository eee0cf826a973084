# mypy: allow-untyped-defs, allow-untyped-calls
"""In at the start, out at the end.

Reference: curves as in FFmpeg's filter afade, which weighs a frame at its start:
here it is weighed at its middle. Where the two fades overlap both weigh. A curve
is within 4e-5 of its formula, but for the upright ends of log, squ, cbr and par.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from audiograph.dsp.curves import NAMES, height, table
from audiograph.errors import NodeError
from audiograph.kernel import kernel
from audiograph.node import Effect, Setup, effect
from audiograph.units import choice, seconds


class FadeCoefs(NamedTuple):
    """Where the fades are, in frames."""

    table: NDArray[np.float64]
    start: int
    rise: int  # length, 0 for none
    end: int
    fall: int


class FadeState(NamedTuple):
    """The number of the next frame."""

    clock: NDArray[np.int64]


def _at_zero() -> FadeState:
    return FadeState(np.zeros(1, np.int64))


@kernel
def _fade(x, y, c, s):
    now, frames, channels = s.clock[0], x.shape[1], x.shape[0]
    for ch in range(channels):
        a, b = x[ch], y[ch]
        for n in range(frames):
            b[n] = a[n]
    if c.rise > 0:
        for n in range(min(max(c.start + c.rise - now, 0), frames)):
            factor = np.float32(height(c.table, max((now + n - c.start + 0.5) / c.rise, 0.0)))
            for ch in range(channels):
                y[ch, n] *= factor
    if c.fall > 0:
        for n in range(min(max(c.end - c.fall - now, 0), frames), frames):
            factor = np.float32(height(c.table, max((c.end - now - n - 0.5) / c.fall, 0.0)))
            for ch in range(channels):
                y[ch, n] *= factor
    s.clock[0] += frames


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
    coefs = FadeCoefs(table(curve), sound.start, rise, sound.frames or 0, fall)
    return Effect(_fade, coefs, _at_zero, memory=0)
