"""Width: mid and side of a stereo sound, and sides for a mono one.

`spread` adds the middle itself to the sides, through a delay and all-passes, so that
it is as loud at all frequencies and unlike the middle (dsp/decorrelating). The left
gets it as it is, the right inverted: in mono it cancels, and the middle is as it was.
With an amount a the sides of a mono sound have a correlation of (1 - a**2) / (1 + a**2),
above the bass, which stays in the middle.

Reference: mid and side, A. D. Blumlein, British Patent 394 325, 1933. M. R. Schroeder,
"An artificial stereophonic effect obtained from a single audio signal", JAES 6(2), 1958.
"""

import numpy as np

from audiograph.dsp.decorrelating import spread as spread_kernel
from audiograph.dsp.decorrelating import spread_coefs, spread_memory, spread_state
from audiograph.dsp.gains import RAMP, MatrixCoefs, matrix, matrix_state
from audiograph.errors import NodeError
from audiograph.node import Effect, Setup, effect
from audiograph.units import number


@effect
def width(
    setup: Setup,
    width: float = number(1, 0, 4, "factor of the side signal: 0 is mono, 1 unchanged, above 1 wider"),
    spread: float = number(0, 0, 1, "side signal made from the middle, as a share of it; 15 % is slight"),
) -> Effect:
    """Narrows or widens a stereo sound: its side signal is multiplied by `width`.

    The middle stays as it is. A mono sound has no side signal and passes unchanged,
    unless `spread` makes one: then it becomes stereo. Played in mono again, it is
    what it was.
    """
    channels = setup.inputs[0].channels
    if channels > 2:
        raise NodeError(
            f"widens stereo sounds, not {channels} channels: `use: channels` makes stereo of them"
        )
    own, other = (1 + width) / 2, (1 - width) / 2
    gains, ramp = np.array([[own, other], [other, own]]), setup.frames(RAMP)
    if not spread:
        gains = gains if channels == 2 else np.eye(1)
        return Effect(matrix, MatrixCoefs(gains, ramp), matrix_state(gains), memory=0)
    gains = gains if channels == 2 else np.ones((2, 1))
    amount = spread * width
    return Effect(
        spread_kernel,
        spread_coefs(gains, ramp, amount, setup.rate),
        spread_state(gains, amount, setup.rate),
        (2,),
        memory=spread_memory(setup.rate),
    )
