# mypy: allow-untyped-defs, allow-untyped-calls
"""Noise gate and downward expander, with hysteresis, a hold and a side-chain.

Reference: D. Giannoulis, M. Massberg, J. D. Reiss, "Digital dynamic range
compressor design", JAES 60(6), 2012, eq. 4 turned downwards (no knee) and eq. 17.
Attack and release are times to 63 % (1 - 1/e) of a step of the gain in dB. The
detector averages the highest of the channels' squares with a one-pole of 5 ms to
63 %; the hold begins with the last frame in which that is above the lower threshold.
"""

from functools import partial
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from audiograph.dsp.decibels import DOUBLING, exp2, log2
from audiograph.dsp.denormals import flush_denormals
from audiograph.dsp.detector import (
    AVERAGING,
    FLOOR,
    FORGETTING,
    OFFSET_TIME,
    PART,
    moved,
    offset_at_rest,
    offset_factors,
    one_pole,
    power_without_offset,
    smooth,
)
from audiograph.dsp.lanes import fused
from audiograph.kernel import inlined, kernel
from audiograph.measuring.key_level import comparing
from audiograph.node import Effect, Setup, effect
from audiograph.units import db, level, number, seconds

HYSTERESIS = 6  # dB below the threshold: the hold begins when the level falls below this
SILENCE = -149.0  # dB; at this level and below, the gate is fully shut


class GateCoefs(NamedTuple):
    """Levels are in doublings of amplitude, 6.02 dB each."""

    curve: NDArray[np.float32]  # threshold; slope, the loss for each doubling below; depth, the largest loss
    powers: NDArray[np.float64]  # power at which it opens, and below which it closes
    ballistics: NDArray[np.float64]  # one-pole factors of attack, release, mean; sign as in `smooth`
    offset: NDArray[np.float32]  # factors of `power_without_offset`
    hold: int  # frames


class GateState(NamedTuple):
    """Carried from block to block."""

    offset: NDArray[np.float32]  # as in `offset_at_rest`, and room
    room: NDArray[np.float32]
    lift: NDArray[np.float64]  # (1,) gain above that of a shut gate, in doublings
    mean: NDArray[np.float64]  # (1,) power
    left: NDArray[np.int64]  # (1,) frames still held open
    scratch: NDArray[np.float32]  # (2, 2, PART) level, and whether open, of this part and the one before


def _at_rest(keys: int) -> GateState:
    lift, mean, left = np.zeros(1), np.zeros(1), np.zeros(1, np.int64)
    return GateState(*offset_at_rest(keys), lift, mean, left, np.zeros((2, 2, PART), np.float32))


@inlined
def _held(mean, left, powers, hold):
    """Frames for which the gate stays open, from one frame to the next; 0 is shut."""
    sounds = mean >= powers[0] or (mean >= powers[1] and left > 0)
    return hold if sounds else max(left - 1, 0)


@inlined
def _opened(level, is_open, c, s):
    """Replace the level by its mean; `is_open` becomes 1 for each frame in which the gate is open, else 0."""
    keep, mean, left = c.ballistics[2], s.mean[0], s.left[0]
    for n in range(level.shape[0]):
        mean = fused(keep, mean, (1 - keep) * level[n])
        left = _held(mean, left, c.powers, c.hold)
        level[n], is_open[n] = max(mean, FLOOR), np.float32(1) if left > 0 else np.float32(0)
    s.mean[0], s.left[0] = flush_denormals(mean), left


@inlined
def _opened_and_smooth(level, is_open, aims, c, s):
    """`_opened` for this part and `smooth` for the aims of the part before: independent, so they overlap."""
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
    """Both in one loop as far as both parts reach, which takes the time of one; then the rest."""
    some = min(level.shape[0], aims.shape[0])
    _opened_and_smooth(level[:some], is_open[:some], aims[:some], c, s)
    _opened(level[some:], is_open[some:], c, s)
    smooth(aims[some:], c.ballistics[0], c.ballistics[1], c.ballistics[3], s.lift)


@inlined
def _apply_lift(x, first, lift, depth, y):
    for n in range(lift.shape[0]):
        lift[n] = exp2(lift[n] - depth)
    for ch in range(x.shape[0]):
        source, out = x[ch, first : first + lift.shape[0]], y[ch, first : first + lift.shape[0]]
        for n in range(out.shape[0]):
            out[n] = source[n] * lift[n]


@kernel
def _gate(x, key, y, c, s):
    """The detector is one part ahead of the gain, so that the loops of both overlap."""
    done, frames, turn = 0, x.shape[1], 0
    aims = s.scratch[1, 0, :0]
    while done < frames:
        ahead = done + aims.shape[0]
        coming = min(PART, frames - ahead)
        level, is_open = s.scratch[turn, 0, :coming], s.scratch[turn, 1, :coming]
        power_without_offset(key, ahead, c.offset, s.offset, s.room, level)
        _both(level, is_open, aims, c, s)
        _wanted(level, is_open, c.curve)
        _apply_lift(x, done, aims, c.curve[2], y)
        done, aims, turn = ahead, level, 1 - turn


@effect(inputs=("in", "key?"), side=("key",))
def gate(
    setup: Setup,
    threshold: float = level(
        -24,
        -80,
        0,
        "level above which it opens; LU: over the loudness of what opens it; it closes 6 dB below",
        relative=True,
    ),
    range: float = db(-24, -100, 0, "gain of a shut gate"),
    ratio: float = number(
        10, 1, 100, "dB the output falls for each dB below the threshold; 2 is a gentle expander"
    ),
    attack: float = seconds(0.001, 0, 1, "time to open, to 63 %"),
    hold: float = seconds(0.05, 0, 5, "time it stays open after the sound has ended"),
    release: float = seconds(0.1, 0.001, 5, "time to close, to 63 %"),
) -> Effect:
    """Turns down what is softer than a threshold: noise between words, bleed, hum.

    Tune the threshold first, between the noise and the softest sound to keep;
    then the range, no deeper than the noise needs; then hold and release, until no
    end of a word is lost. With `key` another sound opens it.
    """
    keys = setup.inputs[1].channels
    memory = setup.frames(hold + FORGETTING * (release + AVERAGING + OFFSET_TIME))
    effect = Effect(_gate, (), partial(_at_rest, keys), memory=memory)
    coefs = partial(_coefs, setup.rate, range, ratio, (attack, release), max(1, setup.frames(hold)))
    return comparing(setup, effect, 1, threshold, coefs, "never opens", keeps=True)


def _coefs(
    rate: int, range: float, ratio: float, times: tuple[float, float], hold: int, threshold: float
) -> GateCoefs:
    """Coefs for levels in dB, times of attack and release in seconds, hold in frames."""
    depth = min(-range, (ratio - 1) * max(0.0, threshold - SILENCE))  # silence is at the end of the curve
    powers = [10 ** (level / 10) for level in (threshold, threshold - HYSTERESIS)]
    ballistics = [one_pole(time, rate) for time in (*times, AVERAGING)]
    return GateCoefs(
        np.array([threshold / DOUBLING, ratio - 1, depth / DOUBLING], np.float32),
        np.array(powers),
        np.array([*ballistics, 1 if times[0] <= times[1] else -1]),
        offset_factors(rate),
        hold,
    )
