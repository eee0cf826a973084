# mypy: allow-untyped-defs, allow-untyped-calls
"""Ducking: one sound makes room for another.

Not a compressor: the gain has two positions, 0 dB and `depth`, and moves between
them along an S curve (the smoothstep 3 p**2 - 2 p**3, in dB). So it does not pump
with the level of the key, and takes exactly the time given. The detector averages
the highest of the channels' squares with a one-pole of 5 ms to 63 %. Look-ahead
would notice the end of the key early, too: so the hold is longer by the
look-ahead, and counts from the audible end of the key.

With `bands` the dip is carved (dsp/carving): each band ducks by itself, half as
deep again at its centre. Over 30 pairs of real voices and music, eight bands
leave the voice, in its own bands, the same margin as ducking the whole at the
same depth, and at -12 dB the music dips 8 dB less (means; decision 8).

Reference: the smoothstep as in "The RenderMan Interface" 3.1, Pixar, 1989; R.
Bristow-Johnson, "Cookbook formulae for audio EQ biquad filter coefficients", W3C
Note, 2021 (band-pass); ANSI S3.5-1997, table 3 (what bands of speech are worth).
"""

from functools import partial
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from audiograph.dsp.carving import carve, carve_at_rest
from audiograph.dsp.carving_bands import carve_coefs, filling, ringing
from audiograph.dsp.decibels import DOUBLING, exp2
from audiograph.dsp.denormals import flush_denormals
from audiograph.dsp.detector import (
    AVERAGING,
    FORGETTING,
    OFFSET_TIME,
    PART,
    offset_at_rest,
    offset_factors,
    one_pole,
    power_without_offset,
)
from audiograph.dsp.lookahead import apply_gain
from audiograph.kernel import inlined, kernel
from audiograph.measuring.key_level import comparing
from audiograph.node import Effect, Setup, effect
from audiograph.units import db, level, seconds, whole


class DuckCoefs(NamedTuple):
    """When it ducks, how it moves, and how far."""

    moves: NDArray[np.float64]  # threshold (power), one-pole factor of the mean; way down and up by a frame
    offset: NDArray[np.float32]  # factors of `power_without_offset`
    hold: int  # frames
    depth: float  # doublings of 6.02 dB


class DuckState(NamedTuple):
    """Carried from block to block."""

    offset: NDArray[np.float32]  # as in `offset_at_rest`, and room
    room: NDArray[np.float32]
    mean: NDArray[np.float64]  # (1,) power
    left: NDArray[np.int64]  # (1,) frames still held down
    way: NDArray[np.float64]  # (1,) 0 at 0 dB, 1 at the depth
    past: NDArray[np.float32]  # (channels, look-ahead)
    clock: NDArray[np.int64]  # (1,)
    scratch: NDArray[np.float32]  # (PART,)


def _at_rest(channels: int, keys: int, lookahead: int) -> DuckState:
    past, scratch = np.zeros((channels, lookahead), np.float32), np.zeros(PART, np.float32)
    mean, left, way, clock = np.zeros(1), np.zeros(1, np.int64), np.zeros(1), np.zeros(1, np.int64)
    return DuckState(*offset_at_rest(keys), mean, left, way, past, clock, scratch)


@inlined
def _way(level, moves, hold, s):
    """Replace the power of each frame by how far down the gain is: 0 at 0 dB, 1 at the depth."""
    threshold, keep, down, up = moves[0], moves[1], moves[2], moves[3]
    mean, left, way = s.mean[0], s.left[0], s.way[0]
    for n in range(level.shape[0]):
        mean = keep * mean + (1 - keep) * level[n]
        left = hold if mean >= threshold else max(left - 1, 0)
        way = min(way + down, 1.0) if left > 0 else max(way - up, 0.0)
        level[n] = way
    s.mean[0], s.left[0], s.way[0] = flush_denormals(mean), left, way


@kernel
def _duck(x, key, y, c, s):
    depth = np.float32(c.depth)
    for first in range(0, x.shape[1], PART):
        level = s.scratch[: min(PART, x.shape[1] - first)]
        power_without_offset(key, first, c.offset, s.offset, s.room, level)
        _way(level, c.moves, c.hold, s)
        for n in range(level.shape[0]):
            way = level[n]
            level[n] = exp2(depth * (way * way * (np.float32(3) - np.float32(2) * way)))
        apply_gain(x, first, level, y, s.past, s.clock[0])
    s.clock[0] += x.shape[1]


@effect(inputs=("in", "key"), side=("key",))
def duck(
    setup: Setup,
    depth: float = db(-12, -60, 0, "gain while the key sounds"),
    threshold: float = level(
        -20,
        -80,
        0,
        "level above which the key counts as sounding, over about 10 ms; LU: over its loudness",
        relative=True,
    ),
    attack: float = seconds(0.15, 0.001, 5, "time to go down"),
    hold: float = seconds(
        0.5, 0, 10, "time it stays down after the key; bridges shorter gaps, as between sentences"
    ),
    release: float = seconds(0.9, 0.001, 10, "time to come up again"),
    lookahead: float = seconds(None, 0, 5, "how far ahead it listens to the key; left out, the attack"),
    bands: int = whole(0, 0, 16, "bands from 100 Hz to 8 kHz that dip one by one; 0 turns down the whole"),
) -> Effect:
    """Turns a sound down while another, the key, sounds: music under a voice.

    Tune the depth first, by ear under the softest words; -8 to -15 dB is usual.
    Then the hold, longer than the gaps the music should not fill. With look-ahead
    as long as the attack, the music is down by the first word.

    With `bands`, 8 for a start, only the frequencies at which the key has its
    energy dip: at the same depth words are as clear, and the music keeps its bass,
    its treble and most of its loudness.
    """
    early = setup.frames(attack if lookahead is None else lookahead)
    down, up = max(1, setup.frames(attack)), max(1, setup.frames(release))
    held = max(1, setup.frames(hold)) + early  # look-ahead notices the end of the key early, too
    memory = early + held + up + setup.frames(FORGETTING * (AVERAGING + OFFSET_TIME))
    channels, keys = (sound.channels for sound in setup.inputs)
    if bands:
        memory += ringing(setup.rate, bands)
        carving = partial(carve_at_rest, channels, keys, filling(setup.rate, bands), early)
        effect = Effect(carve, (), carving, latency=early, memory=memory, clocked=True)
        carved = partial(carve_coefs, setup.rate, bands, depth, attack=down, release=up, hold=held)
        return comparing(setup, effect, 1, threshold, carved, "never ducks")

    def coefs(threshold: float) -> DuckCoefs:
        moves = np.array([10 ** (threshold / 10), one_pole(AVERAGING, setup.rate), 1 / down, 1 / up])
        return DuckCoefs(moves, offset_factors(setup.rate), held, depth / DOUBLING)

    at_rest = partial(_at_rest, channels, keys, early)
    effect = Effect(_duck, (), at_rest, latency=early, memory=memory, clocked=True)
    return comparing(setup, effect, 1, threshold, coefs, "never ducks")
