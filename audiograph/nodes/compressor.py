# mypy: allow-untyped-defs, allow-untyped-calls
"""Feed-forward compressor with a soft knee, a key, look-ahead and a mix of dry and wet.

Reference: D. Giannoulis, M. Massberg, J. D. Reiss, "Digital dynamic range
compressor design", JAES 60(6), 2012: eq. 4 (static curve with knee), eq. 17
(smooth branching), log-domain detector placed after the static curve. Attack and
release are times to 63 % (1 - 1/e) of a step of the reduction in dB. What it
hears: in each frame the highest of the channels' squares, or their mean; for
`rms` then a one-pole mean of 5 ms to 63 %, as wide in noise as a window of 10 ms.
"""

from functools import partial
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from audiograph.dsp.decibels import DOUBLING, exp2, log2
from audiograph.dsp.detector import AVERAGING, FLOOR, FORGETTING, PART, averaged, kept, power, smooth
from audiograph.dsp.lookahead import apply_gain
from audiograph.kernel import inlined, kernel
from audiograph.node import Effect, Setup, effect
from audiograph.units import choice, db, number, seconds


class CompressorCoefs(NamedTuple):
    """Levels in doublings of 6.02 dB."""

    curve: NDArray[np.float32]  # threshold, knee, slope: what is taken away of each doubling above
    ballistics: NDArray[np.float64]  # kept a frame in attack, release, mean; sign as in `smooth`
    after: NDArray[np.float32]  # makeup, dry, wet
    average: bool  # the mean of the channels, not the highest


class CompressorState(NamedTuple):
    """What went before."""

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
    """What each level is to lose: nothing, a parabola over the knee, a line."""
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
    threshold: float = db(-24, -80, 0, "level where it begins, in the middle of the knee"),
    ratio: float = number(4, 1, 100, "dB in for one dB out, above the threshold"),
    attack: float = seconds(0.01, 0, 1, "time to take hold, to 63 %"),
    release: float = seconds(0.25, 0.001, 5, "time to let go, to 63 %"),
    knee: float = db(6, 0, 40, "width of the bend around the threshold"),
    makeup: float = db(0, -40, 40, "gain of what is compressed"),
    lookahead: float = seconds(0, 0, 0.1, "how early it hears; the sound comes later by as much"),
    detector: str = choice("rms", "peak", help="hears the mean power of about 10 ms, or every sample"),
    link: str = choice("max", "average", help="hears the loudest channel, or the mean power of all"),
    mix: float = number(1, 0, 1, "part of compressed sound; the rest is as it came in"),
) -> Effect:
    """Makes loud parts softer, with one gain for all channels.

    Tune the threshold first, until the loud half of the sound is reached, then
    the ratio: 2 is gentle, 4 is a voice held in place, 10 and more a wall. With
    `key` it hears another sound than the one it works on.
    """
    ballistics = [kept(time, setup.rate) for time in (attack, release, AVERAGING if detector == "rms" else 0)]
    coefs = CompressorCoefs(
        np.array([threshold / DOUBLING, max(knee, 1e-3) / DOUBLING, 1 - 1 / ratio], np.float32),
        np.array([*ballistics, 1 if ballistics[0] <= ballistics[1] else -1]),
        np.array([makeup / DOUBLING, 1 - mix, mix], np.float32),
        link == "average",
    )
    latency = setup.frames(lookahead)
    memory = latency + setup.frames(FORGETTING * (release + AVERAGING))
    state = partial(_at_rest, setup.inputs[0].channels, latency)
    return Effect(_compress, coefs, state, latency=latency, memory=memory, clocked=True)
