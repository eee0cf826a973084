"""The long-term average spectrum of a sound, in third-octave bands.

Reference: P. D. Welch, "The use of fast Fourier transform for the estimation of power spectra", IEEE
Trans. Audio Electroacoust. 15(2), 1967: Hann windows that overlap by half. IEC 61260-1: bands.
"""

import numpy as np
from numpy.typing import NDArray

from audiograph.sound import Audio

LENGTH = 0.37  # seconds of a window, at most: long enough to separate the lowest bands, 5 Hz wide
LOWEST, HIGHEST = 13, 43  # bands k at 10 ** (k / 10) Hz: 20 Hz to 20 kHz
HALF = 10**0.05  # from the centre of a band to its edge, as a factor
FLOOR = 1e-20  # power, -200 dB


class Spectrum:
    """The mean power in third-octave bands, over all channels. It is a `streams.taps.Sink`."""

    def __init__(self, rate: int, channels: int) -> None:
        self.rate, self.size = rate, 1 << int(np.log2(rate * LENGTH))
        self._window = np.hanning(self.size + 1)[:-1]
        self._rest = np.zeros((channels, self.size // 2), np.float32)  # half a window before the first frame
        self._power, self._frames = np.zeros(self.size // 2 + 1), 0

    def write(self, x: Audio) -> None:
        """Add the next frames, of shape (channels, frames)."""
        sound, at = np.concatenate((self._rest, x), axis=1), 0
        while at + self.size <= sound.shape[1]:
            self._power += self._bins(sound[:, at : at + self.size])
            at += self.size // 2
        self._rest = sound[:, at:]
        self._frames += x.shape[1]

    def silence(self, frames: int) -> None:
        """Add so many frames of silence."""
        for first in range(0, frames, self.size):
            self.write(np.zeros((len(self._rest), min(self.size, frames - first)), np.float32))

    def bands(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Centre frequencies in Hz, and levels in dB; a full-scale sine has 0 dB."""
        middles = 10 ** (np.arange(LOWEST, HIGHEST + 1) / 10)
        middles = middles[middles * HALF < self.rate / 2]
        edges = np.append(middles / HALF, middles[-1] * HALF) * self.size / self.rate
        last = np.pad(self._rest, ((0, 0), (0, self.size - self._rest.shape[1])))
        each = 0.75 * self.size * max(1, self._frames)  # the total weight of squared, overlapping windows
        sums = np.concatenate(([0.0], np.cumsum(self._power + self._bins(last)) / each))
        powers = np.diff(
            np.interp(edges + 0.5, np.arange(len(sums)), sums)
        )  # a bin reaches half a bin below its frequency
        return middles, np.asarray(10 * np.log10(np.maximum(2 * powers, FLOOR)))

    def _bins(self, x: Audio) -> NDArray[np.float64]:
        """One-sided squared magnitudes, averaged over all channels."""
        squares = np.abs(np.fft.rfft(x * self._window)) ** 2
        squares[:, 1:] *= 2
        return np.asarray(squares.mean(0))
