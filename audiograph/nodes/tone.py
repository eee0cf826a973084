"""Tone: steady sine, square, saw and triangle waves.

At phase zero a sine, a saw and a triangle rise through 0, and a square jumps up.
The phase is a whole number of 2^-64 turns, computed from the number of the frame:
it never drifts, and any frame can be computed without those before it.

Square, saw and triangle are the sum of all their harmonics below half the sample
rate, at their true levels, and of nothing else. A jump overshoots by 9 % of it then, so
the sum is turned down until its highest peak is at the level: 1.4 dB for low
tones. One turn is computed as a table and read with linear interpolation; what that
adds to the spectrum is below -140 dB.

Reference: J. O. Smith, "Mathematics of the Discrete Fourier Transform", W3K, 2007:
Fourier series; J. Pekonen, V. Välimäki, "The brief history of virtual analog
synthesis", Forum Acusticum 2011, on wavetables among other ways to have no aliases.
"""

from collections.abc import Iterator
from functools import lru_cache
from math import ceil, pi

import numpy as np
from numpy.typing import NDArray

from audiograph.dsp.decibels import amplitude
from audiograph.errors import NodeError
from audiograph.node import Setup, timeline
from audiograph.sound import ENDLESS, Audio, Stream
from audiograph.units import choice, db, hz, seconds

Floats = NDArray[np.float64]

TURN = 2**64
PART = 2**14  # frames computed at a time: they fit in a cache, and ten thousand tones in memory
SHAPES = ("sine", "square", "saw", "triangle")
USUAL, LARGE = 16, 20  # bits of the size of a table; the large one is for many harmonics
MANY = 2**12  # harmonics; below 6 Hz there are more
MOST = 2**18  # harmonics: up to 26 kHz even at 0.1 Hz


def _strengths(shape: str, count: int) -> Floats:
    """The harmonics 1 to `count` of a wave of peak 1, as factors of sines."""
    k = np.arange(1, count + 1)
    if shape == "saw":  # rises from 0, and drops at half a turn
        return np.asarray(2 / pi / k * np.where(k % 2, 1, -1))
    if shape == "square":  # 1 for half a turn, then -1
        return np.where(k % 2, 4 / pi / k, 0)
    return np.where(k % 2, 8 / pi**2 / k**2 * np.where(k % 4 == 1, 1, -1), 0)  # falls from a quarter on


@lru_cache(maxsize=4)
def _table(shape: str, count: int) -> Floats:
    """One turn of a wave with so many harmonics, of peak 1, and its first point again."""
    size = 2 ** (USUAL if count <= MANY else LARGE)
    spectrum = np.zeros(size // 2 + 1, complex)
    spectrum[1 : count + 1] = -0.5j * size * _strengths(shape, count)
    turn = np.fft.irfft(spectrum)
    turn /= np.abs(turn).max()
    return np.append(turn, turn[:1])


def _looked_up(table: Floats, whole: NDArray[np.uint64]) -> Floats:
    """The wave at these phases, in 2^-64 turns, on straight lines between the points of its table."""
    bits = np.uint64((len(table) - 1).bit_length() - 1)
    at = (whole >> (np.uint64(64) - bits)).astype(np.int64)
    past = ((whole << bits) >> np.uint64(11)).astype(np.float64) * 2.0**-53
    below = table[at]
    return np.asarray(below + past * (table[at + 1] - below))


@timeline(inputs=())
def tone(
    setup: Setup,
    shape: str = choice(*SHAPES, help="shape of the wave"),
    freq: float = hz(1000, 0.1, 90_000, "frequency, below half the sample rate"),
    level: float = db(-12, -120, 0, "peak level; 0 dB is full scale"),
    length: float | None = seconds(None, 0, 86_400, "how long it sounds; endless if left out"),
) -> Stream:
    """Makes a steady tone, for tests and signals. It is mono and begins at phase zero.

    A square, a saw and a triangle have all their harmonics below half the sample
    rate, and no aliases.
    """
    if freq >= setup.rate / 2:
        raise NodeError(f"freq: {freq:g} Hz is not below half the sample rate, {setup.rate / 2:g} Hz")
    frames = None if length is None else setup.frames(length)
    if frames == 0:
        raise NodeError("length: is shorter than one frame")
    step, peak = freq / setup.rate, amplitude(level)

    def chunks(first: int) -> Iterator[Audio]:
        table = None if shape == "sine" else _table(shape, min(ceil(0.5 / step) - 1, MOST))
        for at in range(first, ENDLESS if frames is None else frames, PART):
            yield _part(step, peak, table, at)

    return Stream(setup.rate, 1, frames, chunks=chunks)


def _part(step: float, peak: float, table: Floats | None, at: int) -> Audio:
    """PART frames from `at` on."""
    whole = _phases(step, at)
    wave = _sine(whole) if table is None else _looked_up(table, whole)
    return (peak * wave).astype(np.float32)[None]


def _phases(step: float, at: int) -> NDArray[np.uint64]:
    """The phases of the PART frames from `at` on, in 2^-64 turns."""
    return np.arange(at, at + PART, dtype=np.uint64) * np.uint64(round(step * TURN))  # wraps, as phases do


def _sine(whole: NDArray[np.uint64]) -> Floats:
    return np.sin((whole >> np.uint64(11)).astype(np.float64) * (2.0**-53 * 2 * pi))
