"""Tremolo as a kernel: loops and arithmetic that are compiled to machine code.

Reference: J. O. Smith, "Physical Audio Signal Processing", W3K, 2010: amplitude
modulation.
"""

from math import pi, sin
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from audiograph.kernel import kernel
from audiograph.node import Effect, Setup, effect
from audiograph.units import hz, number


class TremoloCoefs(NamedTuple):
    """Computed from the parameters; fixed during a block."""

    step: float  # radians a frame
    depth: float


class TremoloState(NamedTuple):
    """Carried from block to block."""

    clock: NDArray[np.int64]  # (1,) time of the next frame: the engine sets it, the kernel counts it on


@kernel
def _tremolo(x, y, c, s):
    for n in range(x.shape[1]):
        gain = 1 - c.depth * (0.5 + 0.5 * sin(c.step * (s.clock[0] + n)))
        for ch in range(x.shape[0]):
            y[ch, n] = x[ch, n] * gain
    s.clock[0] += x.shape[1]


@effect
def tremolo(
    setup: Setup,
    rate: float = hz(5, 0.1, 20, "how often it swells"),
    depth: float = number(0.5, 0, 1, "how far the level falls: 1 is to silence"),
) -> Effect:
    """Makes the level rise and fall. Tune the rate first."""
    coefs = TremoloCoefs(2 * pi * rate / setup.rate, depth)
    return Effect(_tremolo, coefs, lambda: TremoloState(np.zeros(1, np.int64)), memory=0, clocked=True)
