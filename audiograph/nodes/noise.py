# mypy: allow-untyped-defs, allow-untyped-calls
"""Noise: white, pink or brown.

White noise is uniform and a hash of the frame's number, so any frame can be
computed without those before it. Pink and brown are white noise through one-pole
filters. The filters restart every few seconds at fixed frames, early enough to have
forgotten their start (-200 dB).

Reference: C. Wellons, "Prospecting for hash functions", 2018 (lowbias32);
P. Kellet, "Filter to make pink noise from white", music-dsp list, 1999 (within
0.05 dB of -3 dB an octave above 0.0002 of the sample rate, 9 Hz at 44.1 kHz).
Brown falls by 6 dB an octave within 0.06 dB, from 0.0014 of the sample rate to
0.475 of it, and 0.3 dB less at 0.0006 (26 Hz at 44.1 kHz): a leaky integrator, and
two zeros and a pole fitted to 1 / f by the least maximum error.
"""

from collections.abc import Iterator
from math import sqrt
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from audiograph.dsp.decibels import amplitude
from audiograph.errors import NodeError
from audiograph.kernel import inlined, kernel
from audiograph.node import Setup, timeline
from audiograph.sound import ENDLESS, Audio, Stream
from audiograph.units import choice, db, seconds, whole

Floats = NDArray[np.float64]

GRID = 2**17  # frames from one restart of the filters to the next
BEFORE = 2**15  # frames the filters run in before their output is used; the slowest forgets in 23 014
PART = 512  # frames of white noise computed at a time
WORD = 2**32 - 1


class NoiseCoefs(NamedTuple):
    """y = level * (direct * x + the sum of weight * z) for white x; then each z becomes pole * z + x."""

    filters: Floats  # (filters, 2): pole, weight
    direct: float
    level: float = 1.0
    key: int = 0  # selects the white noise, below 2**32
    first: int = 0  # number of the first frame


class NoiseState(NamedTuple):
    """State of the filters, and scratch."""

    z: Floats  # (filters,)
    x: Floats  # (PART,) white noise


PINK = np.array(
    [
        (0.99886, 0.0555179),
        (0.99332, 0.0750759),
        (0.96900, 0.1538520),
        (0.86650, 0.3104856),
        (0.55000, 0.5329522),
        (-0.7616, -0.0168980),
    ]
)
LATE, DIRECT = 0.115926, 0.5362  # weights of the frame before and of the frame itself, Kellet's last two
POLE, ONCE, TWICE, FAST = 0.999, 0.6944, 0.0626, -0.5165  # brown: pole, zeros (1 + a / z + b / z^2), pole
BROWN = [(p, (p * p + ONCE * p + TWICE) / (p - q)) for p, q in ((POLE, FAST), (FAST, POLE))]
COLOURS = {
    "white": NoiseCoefs(np.zeros((0, 2)), 1.0),
    "pink": NoiseCoefs(
        np.array([*((pole, pole * weight) for pole, weight in PINK), (0.0, LATE)]),
        float(PINK[:, 1].sum() + DIRECT),
    ),
    "brown": NoiseCoefs(np.array(BROWN), 1.0),
}


@inlined
def hashed(h):
    """A hash of a whole number; both are below 2**32."""
    h = ((h ^ (h >> 16)) * 0x7FEB352D) & WORD
    h = ((h ^ (h >> 15)) * 0x846CA68B) & WORD
    return h ^ (h >> 16)


@inlined
def _white(x, first, key):
    for n in range(x.shape[0]):
        x[n] = (hashed(hashed((first + n) & WORD) ^ key) + 0.5) * 2.0**-31 - 1.0


@inlined
def _coloured(x, y, c, z):
    for n in range(x.shape[0]):
        now = x[n]
        total = c.direct * now
        for k in range(z.shape[0]):
            total += c.filters[k, 1] * z[k]
            z[k] = c.filters[k, 0] * z[k] + now
        y[n] = c.level * total


@kernel
def _noise(y, c, s):
    for first in range(0, y.shape[0], PART):
        part = y[first : first + PART]
        x = s.x[: part.shape[0]]
        _white(x, c.first + first, c.key)
        _coloured(x, part, c, s.z)


@timeline(inputs=())
def noise(
    setup: Setup,
    colour: str = choice(*COLOURS, help="white is flat, pink falls by 3 dB an octave, brown by 6"),
    level: float = db(-20, -120, 0, "RMS level; 0 dB is that of a full-scale square wave"),
    length: float | None = seconds(None, 0, 86_400, "how long it sounds; endless if left out"),
    seed: int = whole(0, 0, 2**32 - 1, "each number gives another noise"),
    channels: int = whole(1, 1, 64, "number of channels, each with a noise of its own"),
) -> Stream:
    """Makes white, pink or brown noise of a steady level.

    Levels are RMS: peaks of white are 4.8 dB above, those of pink and brown
    12 to 14 dB, so keep these below -14 dB.
    """
    frames = None if length is None else setup.frames(length)
    if frames == 0:
        raise NodeError("length: is shorter than one frame")
    coefs = COLOURS[colour]
    coefs = coefs._replace(level=amplitude(level) / sqrt(_power(coefs) / 3))  # uniform in -1..1 has power 1/3
    keys = [hashed((hashed(seed ^ 0x9E3779B9) + channel) & WORD) for channel in range(channels)]

    def chunks(first: int) -> Iterator[Audio]:
        for at in range(first - first % GRID, ENDLESS if frames is None else frames, GRID):
            part = np.stack([_part(coefs, key, at) for key in keys])
            yield part[:, max(0, first - at) :]

    return Stream(setup.rate, channels, frames, chunks=chunks)


def _part(coefs: NoiseCoefs, key: int, at: int) -> Audio:
    """GRID frames of one channel, from frame `at` on."""
    y = np.empty(BEFORE + GRID, np.float32)
    coefs = coefs._replace(key=key, first=at - BEFORE)
    _noise(y, coefs, NoiseState(np.zeros(len(coefs.filters)), np.zeros(PART)))
    return y[BEFORE:]


def _power(c: NoiseCoefs) -> float:
    """Power of the output for an input of power 1: the sum of the squared impulse response."""
    poles, weights = c.filters.T
    return float(c.direct**2 + (np.outer(weights, weights) / (1 - np.outer(poles, poles))).sum())
