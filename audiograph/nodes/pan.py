"""Pan: position between two loudspeakers.

Reference: W3C, "Web Audio API", 2021, section "StereoPanner" (equal power; a
stereo sound moves by mixing the side it leaves into the other). Linear and
compromise are the classic laws of -6 and -4.5 dB, the latter the geometric mean
of linear and equal power.
"""

from collections.abc import Callable
from math import pi, sin, sqrt

import numpy as np
from numpy.typing import NDArray

from audiograph.dsp.gains import RAMP, MatrixCoefs, matrix, matrix_state
from audiograph.errors import NodeError
from audiograph.node import Effect, Setup, effect
from audiograph.units import choice, number

LAWS: dict[str, Callable[[float], float]] = {  # gain of a side, by how near the sound is to it: 0 to 1
    "equal_power": lambda near: sin(pi / 2 * near),
    "linear": lambda near: near,
    "compromise": lambda near: sqrt(near * sin(pi / 2 * near)),
}


@effect
def pan(
    setup: Setup,
    position: float = number(0, -1, 1, "-1 left, 0 middle, 1 right"),
    law: str = choice(
        *LAWS, "balance", help="a mono sound in the middle has -3, -6, -4.5 or 0 dB on each side"
    ),
) -> Effect:
    """Places a mono or stereo sound between left and right.

    Mono becomes stereo; `equal_power` keeps its loudness at every position. Of a
    stereo sound the side it leaves is mixed into the other, so nothing is lost;
    with `balance` that side is turned down instead.
    """
    channels = setup.inputs[0].channels
    if channels > 2:
        raise NodeError(
            f"places mono or stereo sounds, not {channels} channels: `use: channels` makes stereo of them"
        )
    gains = _balanced(channels, position) if law == "balance" else _placed(channels, position, LAWS[law])
    return Effect(matrix, MatrixCoefs(gains, setup.frames(RAMP)), matrix_state(gains), (2,), memory=0)


def _balanced(channels: int, position: float) -> NDArray[np.float64]:
    left, right = min(1.0, 1 - position), min(1.0, 1 + position)
    return np.array([[left], [right]] if channels == 1 else [[left, 0.0], [0.0, right]])


def _placed(channels: int, position: float, side: Callable[[float], float]) -> NDArray[np.float64]:
    if channels == 1:
        right = (position + 1) / 2
        return np.array([[side(1 - right)], [side(right)]])
    stays, moves = side(1 - abs(position)), side(abs(position))
    return np.array([[1, moves], [0, stays]] if position <= 0 else [[stays, 0], [moves, 1]])
