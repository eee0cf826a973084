"""A delay of whole frames: two copies a block, whatever its size."""

from functools import partial
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Audio = NDArray[np.float32]


class DelayLine(NamedTuple):
    """The frames that have come in and not yet gone out, oldest first."""

    past: Audio  # (channels, frames)


def delay_line(channels: int, frames: int) -> "partial[DelayLine]":
    """A function that makes a delay line of silence, `frames` long."""
    return partial(_empty, channels, frames)


def _empty(channels: int, frames: int) -> DelayLine:
    return DelayLine(np.zeros((channels, frames), np.float32))


def delay(x: Audio, y: Audio, c: Any, s: DelayLine) -> None:  # noqa: ARG001
    """y is x, delayed by the length of the line."""
    size, frames = s.past.shape[1], x.shape[1]
    if frames < size:
        y[:] = s.past[:, :frames]
        s.past[:, :-frames] = s.past[:, frames:]
        s.past[:, -frames:] = x
    else:
        y[:, :size] = s.past
        y[:, size:] = x[:, : frames - size]
        s.past[:] = x[:, frames - size :]
