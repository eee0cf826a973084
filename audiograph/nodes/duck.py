# mypy: allow-untyped-defs, allow-untyped-calls
"""Ducking: one sound makes room for another.

Not a compressor: the gain has two places, 0 dB and `depth`, and moves between
them along an S (the smoothstep 3 p**2 - 2 p**3, in dB), so it does not pump with
the loudness of the key, and arrives exactly, in exactly the time given. It hears
the highest of the channels' squares, as a one-pole mean of 5 ms to 63 %. What is
early in hearing where the key begins is so where it ends: the hold is longer by
the look-ahead, and so counts from the end of the key as it is heard.

With `bands` it is carved: each band is such a duck of its own (dsp/carving), half
as deep again in its midst. Over 30 pairs of real voices and music, eight bands
leave the voice, in its own bands, the same margin as a duck of the whole at the
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
from audiograph.dsp.carving_bands import carve_coefs, ringing
from audiograph.dsp.decibels import DOUBLING, exp2
from audiograph.dsp.denormals import flush_denormals
from audiograph.dsp.detector import AVERAGING, FORGETTING, PART, kept, power
from audiograph.dsp.lookahead import apply_gain
from audiograph.kernel import inlined, kernel
from audiograph.node import Effect, Setup, effect
from audiograph.units import db, seconds, whole


class DuckCoefs(NamedTuple):
    """What it listens for, and how it moves."""

    moves: NDArray[
        np.float64
    ]  # mean power at which it ducks, what the mean keeps, way down and up by a frame
    hold: int  # frames
    depth: float  # doublings of 6.02 dB


class DuckState(NamedTuple):
    """What went before."""

    mean: NDArray[np.float64]  # (1,) power
    left: NDArray[np.int64]  # (1,) frames still held down
    way: NDArray[np.float64]  # (1,) 0 at 0 dB, 1 at the depth
    past: NDArray[np.float32]  # (channels, look-ahead)
    clock: NDArray[np.int64]  # (1,)
    scratch: NDArray[np.float32]  # (PART,)


def _at_rest(channels: int, lookahead: int) -> DuckState:
    past, scratch = np.zeros((channels, lookahead), np.float32), np.zeros(PART, np.float32)
    return DuckState(np.zeros(1), np.zeros(1, np.int64), np.zeros(1), past, np.zeros(1, np.int64), scratch)


@inlined
def _way(level, moves, hold, s):
    """How far down the gain is, in place of each frame's power."""
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
        power(key, first, False, level)
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
    threshold: float = db(-40, -80, 0, "level of the key that counts as sound, over about 10 ms"),
    attack: float = seconds(0.15, 0.001, 5, "time on the way down"),
    hold: float = seconds(
        0.5, 0, 10, "time it stays down after the key; bridges shorter gaps, as between sentences"
    ),
    release: float = seconds(0.9, 0.001, 10, "time on the way up"),
    lookahead: float = seconds(None, 0, 5, "how early it hears the key; left out, as long as the attack"),
    bands: int = whole(0, 0, 16, "parts of 100 Hz to 8 kHz that dip each for itself; 0 turns the whole down"),
) -> Effect:
    """Turns a sound down while another, the key, is heard: music under a voice.

    Tune the depth first, by ear under the softest words; -8 to -15 dB is usual.
    Then hold, longer than the gaps the music should not fill. With look-ahead
    as long as the attack, the first word already finds its room.

    With `bands`, 8 for a start, it dips only where in frequency the key has its
    energy: at the same depth words are as clear, and the music keeps its bass, its
    air and most of its loudness.
    """
    early = setup.frames(attack if lookahead is None else lookahead)
    down, up = max(1, setup.frames(attack)), max(1, setup.frames(release))
    held = max(1, setup.frames(hold)) + early  # what is early in hearing the key's start is early in its end
    memory = early + held + up + setup.frames(FORGETTING * AVERAGING)
    channels, keys = (sound.channels for sound in setup.inputs)
    if bands:
        coefs = carve_coefs(setup.rate, bands, depth, threshold, down, up, held)
        state = partial(carve_at_rest, channels, keys, len(coefs.mixing), early)
        memory += ringing(setup.rate, bands)
        return Effect(carve, coefs, state, latency=early, memory=memory, clocked=True)
    moves = np.array([10 ** (threshold / 10), kept(AVERAGING, setup.rate), 1 / down, 1 / up])
    whole = DuckCoefs(moves, held, depth / DOUBLING)
    state = partial(_at_rest, channels, early)
    return Effect(_duck, whole, state, latency=early, memory=memory, clocked=True)
