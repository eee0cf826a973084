"""Types and helpers of the twins."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

Wave = NDArray[Any]  # float64, of shape (channels, frames), or (frames,) where it is one for all channels


def factor(db: float) -> float:
    """The factor of a level in dB."""
    return float(10 ** (db / 20))


def run_one_pole(keep: float, x: Wave) -> Wave:
    """y = keep y + (1 - keep) x."""
    y, now = np.empty_like(x), 0.0
    for n, aim in enumerate(x):
        y[n] = now = keep * now + (1 - keep) * aim
    return y
