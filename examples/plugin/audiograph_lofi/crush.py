"""A bit crusher in plain numpy, which is enough for a few array operations.

Reference: a mid-tread quantiser, A. V. Oppenheim, R. W. Schafer, "Discrete-Time
Signal Processing", 3rd ed., 2010, section 4.8.
"""

import numpy as np

from audiograph.node import Effect, Setup, effect
from audiograph.sound import Audio
from audiograph.units import whole


def _crush(x: Audio, y: Audio, steps: np.float32, _: tuple[()]) -> None:
    np.multiply(x, steps, out=y)  # `out=y` avoids a new array
    np.rint(y, out=y)
    np.divide(y, steps, out=y)


@effect
def crush(setup: Setup, bits: int = whole(8, 2, 16, "bits that each sample keeps")) -> Effect:
    """Rounds to a few bits, as early samplers did. Soft sounds become rough, then silent."""
    return Effect(_crush, np.float32(2 ** (bits - 1)), memory=0)
