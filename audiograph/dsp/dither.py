# mypy: allow-untyped-defs, allow-untyped-calls
"""Planar float32 to the interleaved samples of a file, with or without dither, in one pass.

The same pass measures the peak and counts samples beyond full scale. It compares
the bits of the samples: as integers they are in the order of their magnitudes, with
infinity above all numbers and NaN above infinity. So nothing is missed, and the
loops become vector loops.

The noise is a hash of the number of the sample, so it does not depend on block
sizes, and two renders are equal to the bit. It is the difference of two uniform
numbers, triangular and two steps wide, which makes the mean and the variance of the
error independent of the sound. If one of the two is that of the sample before, the
noise rises with frequency and is less audible.

Reference: S. Lipshitz, R. Wannamaker, J. Vanderkooy, "Quantization and dither:
a theoretical survey", JAES 40(5), 1992, also of the high-pass noise;
C. Wellons, "Prospecting for hash functions", 2018 (lowbias32).
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from audiograph.kernel import inlined, kernel

FULL = np.int32(0x3F800000)  # the bits of 1.0
INFINITE = 0x7F800000
_MAGNITUDE = np.int32(0x7FFFFFFF)
_STEPS16, _STEPS24 = np.float32(2**15), 2.0**23


class Tally(NamedTuple):
    """Figures of the samples so far."""

    clock: NDArray[np.int64]  # (1,) number of the next frame
    peak: NDArray[np.int32]  # (1,) bits of the largest magnitude
    over: NDArray[np.int64]  # (1,) samples beyond full scale


def tally() -> Tally:
    """A tally before the first sample."""
    return Tally(np.zeros(1, np.int64), np.zeros(1, np.int32), np.zeros(1, np.int64))


@inlined
def _hash(number):
    h = np.uint32(number)  # numba multiplies uint32 to uint64: each step is cut back
    h = np.uint32((h ^ (h >> np.uint32(16))) * np.uint32(0x7FEB352D))
    h = np.uint32((h ^ (h >> np.uint32(15))) * np.uint32(0x846CA68B))
    return np.uint32(h ^ (h >> np.uint32(16)))


@inlined
def triangular(number):
    """Triangular noise, -1 to 1, independent from one number to the next."""
    h = _hash(number)
    return np.float32(np.int32(h & np.uint32(0xFFFF)) - np.int32(h >> np.uint32(16))) * np.float32(2**-16)


@inlined
def _uniform(number):
    return np.float32(np.int32(_hash(number) >> np.uint32(8))) * np.float32(2**-24)


@inlined
def _highpass(number, channels):
    """Triangular noise, -1 to 1, that falls towards low frequencies."""
    return _uniform(number) - _uniform(np.uint32(number - channels))  # of the frame before


@inlined
def _word16(x, noise):
    whole = np.rint(x * _STEPS16 + noise)
    return np.int32(min(max(whole, -_STEPS16), _STEPS16 - np.float32(1)))


@inlined
def _word24(x, noise):
    whole = np.rint(np.float64(x) * _STEPS24 + np.float64(noise))  # float32 has no bit left for the noise
    return np.int32(min(max(whole, -_STEPS24), _STEPS24 - 1.0))


@inlined
def tallied(x, s):
    """Add these samples to the tally."""
    bits = x.view(np.int32)
    for ch in range(x.shape[0]):
        row, peak, over = bits[ch], s.peak[0], np.int32(0)
        for n in range(x.shape[1]):
            magnitude = row[n] & _MAGNITUDE
            peak = max(peak, magnitude)
            over = np.int32(over + np.int32(magnitude > FULL))
        s.peak[0] = peak
        s.over[0] += over
    s.clock[0] += x.shape[1]


@kernel
def words16(x, y, dithered, s):
    """float32 `x`, (channels, frames), to int16 `y`, (frames, channels); `dithered` is 1 or 0."""
    channels, frames = x.shape
    start = np.uint32(s.clock[0]) * np.uint32(channels)
    amount = np.float32(dithered)
    if y.shape[1] == 2:  # a constant for the compiler, which makes the store a vector
        left, right = x[0], x[1]
        for n in range(frames):
            number = start + np.uint32(2) * np.uint32(n)
            y[n, 0] = _word16(left[n], amount * triangular(number))
            y[n, 1] = _word16(right[n], amount * triangular(number + np.uint32(1)))
    else:
        for ch in range(channels):
            first = start + np.uint32(ch)
            for n in range(frames):
                noise = amount * triangular(first + np.uint32(n) * np.uint32(channels))
                y[n, ch] = _word16(x[ch, n], noise)
    tallied(x, s)


@kernel
def words24(x, y, dithered, s):
    """The same to the upper 24 bits of int32 `y`."""
    channels, frames = x.shape
    start = np.uint32(s.clock[0]) * np.uint32(channels)
    amount = np.float32(dithered)
    for ch in range(channels):
        first = start + np.uint32(ch)
        for n in range(frames):
            noise = amount * triangular(first + np.uint32(n) * np.uint32(channels))
            y[n, ch] = _word24(x[ch, n], noise) << np.int32(8)
    tallied(x, s)


@kernel
def words16_highpass(x, y, dithered, s):  # noqa: ARG001
    """float32 to int16, as `words16`, with noise that rises by 6 dB an octave."""
    channels, frames = x.shape
    start = np.uint32(s.clock[0]) * np.uint32(channels)
    for ch in range(channels):
        first = start + np.uint32(ch)
        for n in range(frames):
            noise = _highpass(np.uint32(first + np.uint32(n) * np.uint32(channels)), np.uint32(channels))
            y[n, ch] = _word16(x[ch, n], noise)
    tallied(x, s)


@kernel
def words24_highpass(x, y, dithered, s):  # noqa: ARG001
    """The same to the upper 24 bits of int32 `y`."""
    channels, frames = x.shape
    start = np.uint32(s.clock[0]) * np.uint32(channels)
    for ch in range(channels):
        first = start + np.uint32(ch)
        for n in range(frames):
            noise = _highpass(np.uint32(first + np.uint32(n) * np.uint32(channels)), np.uint32(channels))
            y[n, ch] = _word24(x[ch, n], noise) << np.int32(8)
    tallied(x, s)


@kernel
def words32(x, y, dithered, s):  # noqa: ARG001
    """The same to float32 `y`, as it is; a zero has no sign, which may depend on the size of blocks."""
    for ch in range(x.shape[0]):
        for n in range(x.shape[1]):
            y[n, ch] = x[ch, n] + np.float32(0)
    tallied(x, s)
