"""Timeline nodes, with whole arrays."""

from collections.abc import Sequence
from math import pi

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def crossfaded(a: Floats, b: Floats, overlap: int, curve: str = "equal_power") -> Floats:
    """b after a, with the last frames of a crossfaded into the first of b."""
    up = (np.arange(overlap) + 0.5) / max(overlap, 1)
    down = 1 - up
    if curve == "equal_power":
        up, down = np.sin(up * pi / 2), np.cos(up * pi / 2)
    body = a.shape[1] - overlap
    return np.concatenate([a[:, :body], a[:, body:] * down + b[:, :overlap] * up, b[:, overlap:]], axis=1)


def looped(
    x: Floats, frames: int, overlap: int, start: int = 0, end: int | None = None, curve: str = "equal_power"
) -> Floats:
    """x up to `end`, then start..end again and again."""
    whole = x[:, :end]
    while whole.shape[1] - overlap < frames:  # the rest has no seam
        whole = crossfaded(whole, x[:, start:end], overlap, curve)
    return whole[:, :frames]


def joined(sounds: Sequence[Floats], gap: int = 0, overlap: int = 0, curve: str = "equal_power") -> Floats:
    channels = max(len(x) for x in sounds)
    wide = [np.broadcast_to(x, (channels, x.shape[1])) for x in sounds]
    whole = wide[0]
    for x in wide[1:]:
        whole = crossfaded(np.pad(whole, ((0, 0), (0, gap))), x, overlap, curve)
    return whole
