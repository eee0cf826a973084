"""Width: mid and side of a stereo sound.

Reference: mid and side, A. D. Blumlein, British Patent 394 325, 1933.
"""

import numpy as np

from audiograph.dsp.gains import RAMP, MatrixCoefs, matrix, matrix_state
from audiograph.errors import NodeError
from audiograph.node import Effect, Setup, effect
from audiograph.units import number


@effect
def width(
    setup: Setup,
    width: float = number(1, 0, 4, "factor of the side signal: 0 is mono, 1 unchanged, above 1 wider"),
) -> Effect:
    """Narrows or widens a stereo sound: its side signal is multiplied by `width`.

    The middle stays as it is. A mono sound has no side signal and passes unchanged.
    """
    channels = setup.inputs[0].channels
    if channels > 2:
        raise NodeError(
            f"widens stereo sounds, not {channels} channels: `use: channels` makes stereo of them"
        )
    own, other = (1 + width) / 2, (1 - width) / 2
    gains = np.array([[own, other], [other, own]]) if channels == 2 else np.eye(1)
    return Effect(matrix, MatrixCoefs(gains, setup.frames(RAMP)), matrix_state(gains), memory=0)
