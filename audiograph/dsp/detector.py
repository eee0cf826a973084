# mypy: allow-untyped-defs, allow-untyped-calls
"""What dynamics share: how loud it is, and how what follows from that moves.

Levels are powers (squares) in float32, so one loop serves peak and mean. A time
constant is the time to 63 % (1 - 1/e) of a step, everywhere.

Reference: D. Giannoulis, M. Massberg, J. D. Reiss, "Digital dynamic range
compressor design", JAES 60(6), 2012, eq. 7 (one-pole) and 17 (smooth branching).
"""

from math import exp

import numpy as np

from audiograph.dsp.denormals import flush_denormals
from audiograph.dsp.lanes import fused
from audiograph.kernel import inlined

PART = 512  # frames taken at a time, so that what passes between the loops stays in cache
AVERAGING = 0.005  # seconds; a one-pole mean has the noise bandwidth of a window twice as long, so 10 ms
FLOOR = 1e-15  # -150 dB of power: below it all levels are one
FORGETTING = 28  # time constants until anything heard is 1e-10 and less: ln(1e10), and something to spare


def kept(time: float, rate: float) -> float:
    """What a one-pole keeps from frame to frame; `time` in seconds, 0 keeps nothing."""
    return exp(-1 / (rate * time)) if time > 0 else 0.0


@inlined
def power(key, first, average, level):
    """The power of key's frames from `first` on: the highest of its channels, or their mean."""
    one = key[0, first : first + level.shape[0]]
    if key.shape[0] == 2:  # for its own loops: 3 times as fast as those below
        _power_of_two(one, key[1, first : first + level.shape[0]], average, level)
        return
    for n in range(level.shape[0]):
        level[n] = one[n] * one[n]
    for ch in range(1, key.shape[0]):
        other = key[ch, first : first + level.shape[0]]
        if average:
            for n in range(level.shape[0]):
                level[n] = level[n] + other[n] * other[n]
        else:
            for n in range(level.shape[0]):
                level[n] = max(level[n], other[n] * other[n])
    if average:
        part = np.float32(1 / key.shape[0])
        for n in range(level.shape[0]):
            level[n] = level[n] * part


@inlined
def _power_of_two(one, other, average, level):
    if average:
        for n in range(level.shape[0]):
            level[n] = (one[n] * one[n] + other[n] * other[n]) * np.float32(0.5)
    else:
        for n in range(level.shape[0]):
            level[n] = max(one[n] * one[n], other[n] * other[n])


@inlined
def averaged(level, keep, mean):
    """The running mean of the level in its place; mean[0] is carried on."""
    now = mean[0]
    for n in range(level.shape[0]):
        now = fused(keep, now, (1 - keep) * level[n])
        level[n] = now
    mean[0] = flush_denormals(now)


@inlined
def moved(now, aim, rise, fall):
    """Eq. 17 for one frame: where it rises, `rise` is kept of what was, else `fall`. For rise <= fall.

    The branch that applies always has the larger result: one maximum. `fused`
    says that of both products the one that waits for the frame before is the one
    to be added to; a compiler picks the other, at 1.4 times the time.
    """
    return max(fused(rise, now, (1 - rise) * aim), fused(fall, now, (1 - fall) * aim))


@inlined
def smooth(level, rise, fall, sign, carried):
    """Eq. 17 in the level's place; `sign` is -1 where rise > fall, so that all is upside down."""
    now = sign * carried[0]
    for n in range(level.shape[0]):
        now = moved(now, sign * level[n], rise, fall)
        level[n] = sign * now
    carried[0] = flush_denormals(sign * now)
