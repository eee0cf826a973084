"""Whether somebody speaks in a sound, or only breathes: a voice repeats itself from period to period.

A frame is voiced where the normalized autocorrelation of its band from 70 Hz to 1 kHz
exceeds VOICED at a lag of 2.5 to 14.3 ms, a pitch of 70 to 400 Hz. Noise, of a breath
or a page, reaches that for a frame or two; a word has SYLLABLE frames of it in a row.

Reference: P. Boersma, "Accurate short-term analysis of the fundamental frequency and
the harmonics-to-noise ratio of a sampled sound", Proc. IFA 17, Amsterdam, 1993, eq. 9.
"""

import numpy as np
from numpy.typing import NDArray

from audiograph.sound import Audio

FRAME, HOP = 0.04, 0.01  # seconds
LOW, HIGH = 70.0, 1000.0  # Hz: the band that is looked at
PITCH = 400.0  # Hz, the highest; the lowest is LOW
VOICED = 0.75  # correlation
SYLLABLE = 4  # frames in a row


def is_voiced(x: Audio, rate: int) -> bool:
    """Whether there is a voiced syllable in a short sound of shape (channels, frames)."""
    mono, run, longest = x.mean(axis=0, dtype=np.float64), 0, 0
    for high in (periodicity(mono - mono.mean(), rate) > VOICED).tolist():
        run = run + 1 if high else 0
        longest = max(longest, run)
    return longest >= SYLLABLE


def periodicity(x: NDArray[np.float64], rate: int) -> NDArray[np.float64]:
    """The highest normalized autocorrelation of each frame of 40 ms, every 10 ms; 0 for silence."""
    size, hop, lags = round(FRAME * rate), round(HOP * rate), round(rate / LOW) + 1
    window, bins = np.hanning(size), 1 << (2 * size - 1).bit_length()
    frames = np.lib.stride_tricks.sliding_window_view(np.pad(x, (0, max(0, size - len(x)))), size)[::hop]
    freqs = np.fft.rfftfreq(bins, 1 / rate)
    band = (freqs > LOW) & (freqs < HIGH)
    found = np.fft.irfft(np.abs(np.fft.rfft(frames * window, bins)) ** 2 * band)[:, :lags]
    of_window = np.fft.irfft(np.abs(np.fft.rfft(window, bins)) ** 2)[:lags]
    energy = found[:, :1]
    normalized = np.divide(found, energy, where=energy > 0, out=np.zeros_like(found))
    highest: NDArray[np.float64] = (normalized * of_window[0] / of_window)[:, round(rate / PITCH) :].max(1)
    return highest
