"""Gain: a change of level.

Reference: factor = 10^(level / 20).
"""

import numpy as np

from audiograph.dsp.decibels import amplitude
from audiograph.dsp.gains import RAMP, MatrixCoefs, matrix, matrix_state
from audiograph.node import Effect, Setup, effect
from audiograph.units import db


@effect
def gain(setup: Setup, level: float = db(0, -120, 60, "0 dB leaves the sound as it is")) -> Effect:
    """Makes a sound louder or softer. A change during playback takes 20 ms."""
    gains = np.eye(setup.inputs[0].channels) * amplitude(level)
    return Effect(matrix, MatrixCoefs(gains, setup.frames(RAMP)), matrix_state(gains), memory=0)
