"""Digital silence in a sound, which is stiller than any room, and its offset. Both are blind to the other.

Each 2 ms is still where the samples of every channel differ by no more than a
limit, so a constant offset is as still as zeros are.
"""

import numpy as np
from numpy.typing import NDArray

from audiograph.sound import Audio
from audiograph.streams.taps import Sink

STEP = 0.002  # seconds


class Stillness:
    """Hears a sound block by block. It is a `streams.taps.Sink`.

    >>> heard = Stillness(1000, 1)
    >>> heard.silence(80)
    >>> heard.still(0.0, 0.08)
    [(0.0, 0.08)]
    """

    def __init__(self, rate: int, channels: int) -> None:
        self._size = max(1, round(rate * STEP))  # frames in a step
        self._seconds = self._size / rate
        self._rest = np.zeros((channels, 0), np.float32)  # of a step that is not complete
        self._ranges: list[NDArray[np.float32]] = []  # of samples, in each step
        self._sums, self._frames = np.zeros(channels), 0

    def write(self, x: Audio) -> None:
        """Hear the next frames, of shape (channels, frames)."""
        self._sums += x.sum(axis=1, dtype=np.float64)
        self._frames += x.shape[1]
        self._hear(x)

    def silence(self, frames: int) -> None:
        """Hear so many frames of silence: not part of what has an offset."""
        first = min(frames, -self._rest.shape[1] % self._size)
        self._hear(np.zeros((len(self._rest), first), np.float32))
        whole, rest = divmod(frames - first, self._size)
        self._ranges.append(np.zeros(whole, np.float32))
        self._hear(np.zeros((len(self._rest), rest), np.float32))

    def _hear(self, x: Audio) -> None:
        if not x.shape[1]:
            return
        x = np.concatenate([self._rest, x], axis=1) if self._rest.shape[1] else x
        whole = x.shape[1] // self._size * self._size
        steps = x[:, :whole].reshape(len(x), -1, self._size)
        self._ranges.append((steps.max(axis=2) - steps.min(axis=2)).max(axis=0))
        self._rest = x[:, whole:].copy()

    def offset(self) -> NDArray[np.float64]:
        """The mean of each channel where it sounds, of shape (channels, 1)."""
        means: NDArray[np.float64] = (self._sums / max(1, self._frames))[:, None]
        return means

    def still(self, limit: float, least: float) -> list[tuple[float, float]]:
        """Where the samples of a step differ by no more than `limit` for `least` seconds, from and to, in s.

        A step is 2 ms, so of some length only one step less may be seen.
        """
        ranges = np.concatenate([np.zeros(0, np.float32), *self._ranges])
        changes = np.flatnonzero(np.diff(ranges <= limit, prepend=False, append=False)).reshape(-1, 2)
        long = changes[np.diff(changes)[:, 0] >= round(least / STEP) - 1]
        return [(float(first), float(last)) for first, last in long * self._seconds]


class Centred:
    """Passes a sound on to a sink without its offset, of shape (channels, 1). It is a `streams.taps.Sink`."""

    def __init__(self, sink: Sink, offset: NDArray[np.float64]) -> None:
        self._sink, self._offset = sink, offset.astype(np.float32)

    def write(self, x: Audio) -> None:
        """Pass on the next frames, of shape (channels, frames)."""
        self._sink.write(np.ascontiguousarray(x - self._offset))

    def silence(self, frames: int) -> None:
        """Pass on so many frames of silence."""
        self._sink.silence(frames)
