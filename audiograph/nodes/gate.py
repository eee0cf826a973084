# mypy: allow-untyped-defs, allow-untyped-calls
"""Noise gate and downward expander, with hysteresis, a hold and a key.

Reference: D. Giannoulis, M. Massberg, J. D. Reiss, "Digital dynamic range
compressor design", JAES 60(6), 2012, eq. 4 turned downwards (no knee) and eq. 17.
Attack and release are times to 63 % (1 - 1/e) of a step of the gain in dB. It
hears the highest of the channels' squares, as a one-pole mean of 5 ms to 63 %;
the hold begins with the last frame in which that is above the lower threshold.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from audiograph.dsp.decibels import DOUBLING, exp2, log2
from audiograph.dsp.denormals import flush_denormals
from audiograph.dsp.detector import AVERAGING, FLOOR, FORGETTING, PART, kept, moved, power, smooth
from audiograph.dsp.lanes import fused
from audiograph.kernel import inlined, kernel
from audiograph.node import Effect, Setup, effect
from audiograph.units import db, number, seconds

HYSTERESIS = 6  # dB below the threshold, where the hold begins to run out
SILENCE = -149.0  # dB; at and below it the gate is shut as far as it goes


class GateCoefs(NamedTuple):
    """Gains in doublings of 6.02 dB."""

    curve: NDArray[np.float32]  # threshold, slope: what is lost by each doubling below, and depth, the most
    powers: NDArray[np.float64]  # at which it opens, and below which it closes
    ballistics: NDArray[np.float64]  # kept a frame in attack, release, mean; sign as in `smooth`
    hold: int  # frames


class GateState(NamedTuple):
    """What went before."""

    lift: NDArray[np.float64]  # (1,) gain above that of a shut gate, doublings
    mean: NDArray[np.float64]  # (1,) power
    left: NDArray[np.int64]  # (1,) frames still held open
    scratch: NDArray[np.float32]  # (2, 2, PART) level, and whether it is open, of every other part


def _at_rest() -> GateState:
    return GateState(np.zeros(1), np.zeros(1), np.zeros(1, np.int64), np.zeros((2, 2, PART), np.float32))


@inlined
def _held(mean, left, powers, hold):
    """Frames still held open, from one frame to the next: not 0 where the gate is open."""
    sounds = mean >= powers[0] or (mean >= powers[1] and left > 0)
    return hold if sounds else max(left - 1, 0)


@inlined
def _opened(level, is_open, c, s):
    """The mean of the level in its place, and for each frame 1 where the gate is open, else 0."""
    keep, mean, left = c.ballistics[2], s.mean[0], s.left[0]
    for n in range(level.shape[0]):
        mean = fused(keep, mean, (1 - keep) * level[n])
        left = _held(mean, left, c.powers, c.hold)
        level[n], is_open[n] = max(mean, FLOOR), np.float32(1) if left > 0 else np.float32(0)
    s.mean[0], s.left[0] = flush_denormals(mean), left


@inlined
def _opened_and_followed(level, is_open, aims, c, s):
    """`_opened` of a part, and `smooth` of the aims of the part before: neither waits for the other."""
    rise, fall, keep, sign = c.ballistics[0], c.ballistics[1], c.ballistics[2], c.ballistics[3]
    mean, left, lift = s.mean[0], s.left[0], sign * s.lift[0]
    for n in range(level.shape[0]):
        mean = fused(keep, mean, (1 - keep) * level[n])
        left = _held(mean, left, c.powers, c.hold)
        level[n], is_open[n] = max(mean, FLOOR), np.float32(1) if left > 0 else np.float32(0)
        lift = moved(lift, sign * aims[n], rise, fall)
        aims[n] = sign * lift
    s.mean[0], s.left[0], s.lift[0] = flush_denormals(mean), left, flush_denormals(sign * lift)


@inlined
def _wanted(level, is_open, curve):
    threshold, slope, depth = curve[0], curve[1], curve[2]
    for n in range(level.shape[0]):
        below = max(threshold - np.float32(0.5) * log2(level[n]), np.float32(0))
        shut = max(depth - slope * below, np.float32(0))
        level[n] = depth if is_open[n] > 0 else shut


@inlined
def _both(level, is_open, aims, c, s):
    """As far as both reach, in one loop: in the time of one."""
    some = min(level.shape[0], aims.shape[0])
    _opened_and_followed(level[:some], is_open[:some], aims[:some], c, s)
    _opened(level[some:], is_open[some:], c, s)
    smooth(aims[some:], c.ballistics[0], c.ballistics[1], c.ballistics[3], s.lift)


@inlined
def _weighed(x, first, lift, depth, y):
    for n in range(lift.shape[0]):
        lift[n] = exp2(lift[n] - depth)
    for ch in range(x.shape[0]):
        source, out = x[ch, first : first + lift.shape[0]], y[ch, first : first + lift.shape[0]]
        for n in range(out.shape[0]):
            out[n] = source[n] * lift[n]


@kernel
def _gate(x, key, y, c, s):
    """It opens for one part while the gain of the part before is on its way."""
    done, frames, turn = 0, x.shape[1], 0
    aims = s.scratch[1, 0, :0]
    while done < frames:
        ahead = done + aims.shape[0]
        coming = min(PART, frames - ahead)
        level, is_open = s.scratch[turn, 0, :coming], s.scratch[turn, 1, :coming]
        power(key, ahead, False, level)
        _both(level, is_open, aims, c, s)
        _wanted(level, is_open, c.curve)
        _weighed(x, done, aims, c.curve[2], y)
        done, aims, turn = ahead, level, 1 - turn


@effect(inputs=("in", "key?"), side=("key",))
def gate(
    setup: Setup,
    threshold: float = db(-40, -80, 0, "level at which it opens; 6 dB below it closes"),
    range: float = db(-24, -100, 0, "gain of a shut gate"),
    ratio: float = number(10, 1, 100, "dB down for each dB below the threshold; 2 is a gentle expander"),
    attack: float = seconds(0.001, 0, 1, "time to open, to 63 %"),
    hold: float = seconds(0.05, 0, 5, "time it stays open after the sound has gone"),
    release: float = seconds(0.1, 0.001, 5, "time to close, to 63 %"),
) -> Effect:
    """Turns down what is softer than a threshold: noise between words, bleed, hum.

    Tune the threshold first, between the noise and the softest sound that is to
    stay; then the range, no deeper than the noise needs; then hold and release,
    until no end of a word is lost. With `key` another sound opens it.
    """
    depth = min(-range, (ratio - 1) * (threshold - SILENCE))  # so silence is exactly at the end of the curve
    powers = [10 ** (level / 10) for level in (threshold, threshold - HYSTERESIS)]
    ballistics = [kept(time, setup.rate) for time in (attack, release, AVERAGING)]
    coefs = GateCoefs(
        np.array([threshold / DOUBLING, ratio - 1, depth / DOUBLING], np.float32),
        np.array(powers),
        np.array([*ballistics, 1 if attack <= release else -1]),
        max(1, setup.frames(hold)),
    )
    memory = setup.frames(hold + FORGETTING * (release + AVERAGING))
    return Effect(_gate, coefs, _at_rest, memory=memory)
