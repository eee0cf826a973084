"""Equalizer: any number of bands in one pass over the sound.

Reference: R. Bristow-Johnson, "Cookbook formulae for audio EQ biquad filter
coefficients", W3C Note, 2021.
"""

from math import sqrt
from typing import Any

import numpy as np

from audiograph.dsp.biquad import SHAPES, note_moved, rbj
from audiograph.dsp.cascade import cascade
from audiograph.node import Effect, Setup, effect
from audiograph.units import choice, db, hz, number, rows

BELLS = ("peak", "bandpass", "notch", "allpass")  # their default q is 1


@effect
def eq(
    setup: Setup,
    bands: tuple[dict[str, Any], ...] = rows(
        "filters, applied in this order",
        shape=choice(*SHAPES, help="shape of the filter; a bandpass has 0 dB at its centre"),
        freq=hz(1000, 10, 20_000, "centre, corner, or midpoint of a shelf; at most 0.49 of the sample rate"),
        gain=db(0, -40, 40, "gain of a peak or a shelf; other shapes ignore it"),
        q=number(
            None, 0.1, 40, "higher is narrower; left out, 1 for peak, bandpass, notch and allpass, else 0.707"
        ),
    ),
) -> Effect:
    """Equalizes: peaks, shelves, cuts and notches, one after another.

    Cut before you boost, and wide before narrow: -4 dB around 1 to 2.5 kHz with
    q 0.8 makes room for a voice in music; a highpass at 80 Hz removes rumble.
    """
    for position, band in enumerate(bands, 1):
        note_moved(setup.note, f"band {position}: freq", band["freq"], setup.rate)
    sections = [_section(setup.rate, **band) for band in bands]
    filters = cascade(np.array(sections).reshape(-1, 5), setup.inputs[0].channels)
    return Effect(filters.kernel, filters.coefs, filters.state, memory=filters.memory)


def _section(rate: int, shape: str, freq: float, gain: float, q: float | None) -> Any:
    return rbj(shape, rate, freq, gain, q or (1.0 if shape in BELLS else sqrt(0.5)))
