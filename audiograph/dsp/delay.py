"""Later by whole frames: two copies a block, whatever the block."""

from functools import partial
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Audio = NDArray[np.float32]


class DelayLine(NamedTuple):
    """What has come in and not yet gone out: (channels, frames), the oldest first."""

    past: Audio


def delay_line(channels: int, frames: int) -> "partial[DelayLine]":
    """What makes an empty line."""
    return partial(_empty, channels, frames)


def _empty(channels: int, frames: int) -> DelayLine:
    return DelayLine(np.zeros((channels, frames), np.float32))


def delay(x: Audio, y: Audio, c: Any, s: DelayLine) -> None:  # noqa: ARG001
    """y is x, later by the length of the line."""
    size, frames = s.past.shape[1], x.shape[1]
    if frames < size:
        y[:] = s.past[:, :frames]
        s.past[:, :-frames] = s.past[:, frames:]
        s.past[:, -frames:] = x
    else:
        y[:, :size] = s.past
        y[:, size:] = x[:, : frames - size]
        s.past[:] = x[:, frames - size :]
