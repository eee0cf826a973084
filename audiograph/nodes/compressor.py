# mypy: allow-untyped-defs, allow-untyped-calls
"""Feed-forward compressor with a soft knee, a side-chain, look-ahead and a dry/wet mix.

Reference: D. Giannoulis, M. Massberg, J. D. Reiss, "Digital dynamic range
compressor design", JAES 60(6), 2012: eq. 4 (static curve with knee), eq. 17
(smooth branching), log-domain detector placed after the static curve. Attack and
release are times to 63 % (1 - 1/e) of a step of the reduction in dB. The detector
takes in each frame the highest of the channels' squares, or their mean; `rms` then
averages with a one-pole of 5 ms to 63 %, whose noise bandwidth is that of a 10 ms window.
"""

from functools import partial
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from audiograph.dsp.decibels import DOUBLING, exp2, log2
from audiograph.dsp.detector import AVERAGING, FLOOR, FORGETTING, PART, averaged, one_pole, power, smooth
from audiograph.dsp.lookahead import apply_gain
from audiograph.kernel import inlined, kernel
from audiograph.measuring.key_level import comparing
from audiograph.node import Effect, Setup, effect
from audiograph.units import choice, db, level, number, seconds


class CompressorCoefs(NamedTuple):
    """Levels are in doublings of amplitude, 6.02 dB each."""

    curve: NDArray[np.float32]  # threshold, knee, slope: the reduction for each doubling above the threshold
    ballistics: NDArray[np.float64]  # one-pole factors of attack, release, mean; sign as in `smooth`
    after: NDArray[np.float32]  # makeup, dry, wet
    average: bool  # detect the mean power of the channels, not the highest


class CompressorState(NamedTuple):
    """Carried from block to block."""

    reduction: NDArray[np.float64]  # (1,) doublings
    mean: NDArray[np.float64]  # (1,) power
    past: NDArray[np.float32]  # (channels, look-ahead)
    clock: NDArray[np.int64]  # (1,)
    scratch: NDArray[np.float32]  # (PART,)


def _at_rest(channels: int, lookahead: int) -> CompressorState:
    past = np.zeros((channels, lookahead), np.float32)
    return CompressorState(np.zeros(1), np.zeros(1), past, np.zeros(1, np.int64), np.zeros(PART, np.float32))


@inlined
def _wanted(level, curve):
    """Replace each power by its reduction: zero, then a parabola over the knee, then a line."""
    threshold, knee, slope = curve[0], curve[1], curve[2]
    half, scale = knee / np.float32(2), np.float32(0.5) / knee
    for n in range(level.shape[0]):
        over = np.float32(0.5) * log2(max(level[n], np.float32(FLOOR))) - threshold
        bend = min(max(over + half, np.float32(0)), knee)
        level[n] = slope * (bend * bend * scale + max(over - half, np.float32(0)))


@inlined
def _factor(level, after):
    makeup, dry, wet = after[0], after[1], after[2]
    for n in range(level.shape[0]):
        level[n] = dry + wet * exp2(makeup - level[n])


@kernel
def _compress(x, key, y, c, s):
    attack, release, mean, sign = c.ballistics[0], c.ballistics[1], c.ballistics[2], c.ballistics[3]
    for first in range(0, x.shape[1], PART):
        level = s.scratch[: min(PART, x.shape[1] - first)]
        power(key, first, c.average, level)
        if mean > 0:
            averaged(level, mean, s.mean)
        _wanted(level, c.curve)
        smooth(level, attack, release, sign, s.reduction)
        _factor(level, c.after)
        apply_gain(x, first, level, y, s.past, s.clock[0])
    s.clock[0] += x.shape[1]


@effect(inputs=("in", "key?"), side=("key",))
def compressor(
    setup: Setup,
    threshold: float = level(
        -24, -80, 0, "level above which it compresses, the middle of the knee; LU: over its own loudness"
    ),
    ratio: float = number(4, 1, 100, "dB in for one dB out, above the threshold"),
    attack: float = seconds(0.01, 0, 1, "time until 63 % of the reduction is reached"),
    release: float = seconds(0.25, 0.001, 5, "time until 63 % of the reduction is gone"),
    knee: float = db(6, 0, 40, "width of the soft bend around the threshold; 0 is a hard knee"),
    makeup: float = db(0, -40, 40, "gain of the compressed sound"),
    lookahead: float = seconds(0, 0, 0.1, "how far ahead the detector listens"),
    detector: str = choice("rms", "peak", help="mean power over about 10 ms, or every sample"),
    link: str = choice("max", "average", help="follows the loudest channel, or the mean power of all"),
    mix: float = number(1, 0, 1, "share of the compressed sound; the rest is the sound as it came in"),
) -> Effect:
    """Makes loud parts softer, with one gain for all channels.

    Tune the threshold first, until it reaches the loud half of the sound, then
    the ratio: 2 is gentle, 4 holds a voice in place, 10 and more is a wall. With
    `key` it follows the level of another sound instead of its own.
    """
    times = attack, release, AVERAGING if detector == "rms" else 0
    ballistics = [one_pole(time, setup.rate) for time in times]

    def coefs(threshold: float) -> CompressorCoefs:
        return CompressorCoefs(
            np.array([threshold / DOUBLING, max(knee, 1e-3) / DOUBLING, 1 - 1 / ratio], np.float32),
            np.array([*ballistics, 1 if ballistics[0] <= ballistics[1] else -1]),
            np.array([makeup / DOUBLING, 1 - mix, mix], np.float32),
            link == "average",
        )

    latency = setup.frames(lookahead)
    memory = latency + setup.frames(FORGETTING * (release + AVERAGING))
    state = partial(_at_rest, setup.inputs[0].channels, latency)
    made = Effect(_compress, (), state, latency=latency, memory=memory, clocked=True)
    return comparing(setup, made, 1, threshold, coefs)
