"""The outline of a sound: its lowest and highest sample in each column of a picture."""

import numpy as np
from numpy.typing import NDArray

from audiograph.sound import Audio

COLUMNS = 900


class Envelope:
    """The lowest and highest sample of all channels in each column. It is a `streams.taps.Sink`."""

    def __init__(self, frames: int, columns: int = COLUMNS) -> None:
        self.edges = np.arange(columns + 1) * frames // columns
        self.lowest, self.highest = np.full(columns, np.nan), np.full(columns, np.nan)
        self._at = 0

    def write(self, x: Audio) -> None:
        """Add the next frames, of shape (channels, frames)."""
        columns = self._columns(x.shape[1])
        if len(columns):
            firsts = np.maximum(self.edges[columns] - self._at, 0)
            self._put(columns, np.minimum.reduceat(x.min(0), firsts), np.maximum.reduceat(x.max(0), firsts))
        self._at += x.shape[1]

    def silence(self, frames: int) -> None:
        """Add so many frames of silence."""
        self._put(self._columns(frames), 0.0, 0.0)
        self._at += frames

    def _columns(self, frames: int) -> NDArray[np.intp]:
        """The columns that contain the next frames."""
        return np.flatnonzero((self.edges[:-1] < self._at + frames) & (self.edges[1:] > self._at))

    def _put(
        self, columns: NDArray[np.intp], low: NDArray[np.float32] | float, high: NDArray[np.float32] | float
    ) -> None:
        self.lowest[columns] = np.fmin(self.lowest[columns], low)
        self.highest[columns] = np.fmax(self.highest[columns], high)
