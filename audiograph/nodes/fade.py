"""Fade: in at the start, out at the end.

Reference: curves as in FFmpeg's filter afade, which takes the gain at the start of a
frame: here it is that at its middle. Where the two fades overlap, both apply. A curve
is within 4e-5 of its formula, but for the vertical ends of log, squ, cbr and par.
"""

import numpy as np

from audiograph.dsp.curves import NAMES, table
from audiograph.dsp.fading import FadeCoefs, fade_state, faded
from audiograph.dsp.gains import RAMP
from audiograph.errors import NodeError
from audiograph.node import Effect, Setup, effect
from audiograph.units import choice, seconds


@effect
def fade(
    setup: Setup,
    fade_in: float = seconds(0, 0, 600, "time from the start of the sound to its full level"),
    fade_out: float = seconds(0, 0, 600, "time from full level to the end of the sound"),
    curve: str = choice(*NAMES, help="shape of the rise; a fade-out is the same, backwards"),
) -> Effect:
    """Fades in from the start of a sound and out towards its end.

    `equal_power` and `sine` sound softer at the ends than `linear`; tri, qsin,
    hsin and the rest are FFmpeg's names.
    """
    (sound,) = setup.inputs
    if fade_out and sound.frames is None:
        raise NodeError("cannot fade out what never ends: give it a length")
    rise, fall = setup.frames(fade_in), setup.frames(fade_out)
    points = np.stack([table(curve), table(curve)[::-1]])
    gains = np.eye(sound.channels)
    coefs = FadeCoefs(gains, setup.frames(RAMP), points, sound.start, rise, sound.frames or 0, fall)
    return Effect(faded, coefs, fade_state(gains), memory=0, clocked=True)
