"""Fade: in at the start, out at the end.

Reference: curves as in FFmpeg's filter afade, which takes the gain at the start of a
frame: here it is that at its middle. A curve is within 4e-5 of its formula, but for
the vertical ends of log, squ, cbr and par.
"""

import numpy as np

from audiograph.dsp.curves import NAMES, table
from audiograph.dsp.fading import FadeCoefs, fade_state, faded
from audiograph.dsp.gains import RAMP
from audiograph.errors import NodeError
from audiograph.language.quantity import roughly
from audiograph.node import Effect, Setup, effect
from audiograph.sound import Sound
from audiograph.units import choice, seconds


@effect
def fade(
    setup: Setup,
    fade_in: float = seconds(0, 0, 600, "time from the start of the sound to its full level"),
    fade_out: float = seconds(0, 0, 600, "time from full level to the end of the sound"),
    curve: str = choice(*NAMES, help="shape of the rise; a fade-out is the same, backwards"),
) -> Effect:
    """Fades in from the start of a sound and out towards its end.

    Fades that are longer than the sound are shortened in proportion, with a note.
    `equal_power` and `sine` sound softer at the ends than `linear`; tri, qsin,
    hsin and the rest are FFmpeg's names.
    """
    (sound,) = setup.inputs
    if fade_out and sound.frames is None:
        raise NodeError("cannot fade out what never ends: give it a length")
    rise, fall = _fitting(setup, sound, setup.frames(fade_in), setup.frames(fade_out))
    points = np.stack([table(curve), table(curve)[::-1]])
    gains = np.eye(sound.channels)
    coefs = FadeCoefs(gains, setup.frames(RAMP), points, sound.start, rise, sound.frames or 0, fall)
    return Effect(faded, coefs, fade_state(gains), memory=0, clocked=True)


def _fitting(setup: Setup, sound: Sound, rise: int, fall: int) -> tuple[int, int]:
    """The lengths of both fades in frames, shortened in proportion if the sound is shorter than they are."""
    there = max(sound.end - sound.start, 0)
    if rise + fall <= there:
        return rise, fall
    shorter = round(rise * (there / (rise + fall)))
    what = f"longer than the sound, {roughly(there / setup.rate, 's')}"
    left = _written(setup, shorter, there - shorter)
    setup.note(f"{_written(setup, rise, fall)}: {what}; shortened to {left}")
    return shorter, there - shorter


def _written(setup: Setup, rise: int, fall: int) -> str:
    fades = {"fade_in": rise, "fade_out": fall}
    return " and ".join(f"{name} {roughly(n / setup.rate, 's')}" for name, n in fades.items() if n)
