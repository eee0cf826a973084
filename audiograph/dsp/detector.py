# mypy: allow-untyped-defs, allow-untyped-calls
"""What dynamics share: how loud it is, and how what follows from that moves.

Levels are powers (squares) in float32, so one loop serves peak and mean. A time
constant is the time to 63 % (1 - 1/e) of a step, everywhere.

Reference: D. Giannoulis, M. Massberg, J. D. Reiss, "Digital dynamic range
compressor design", JAES 60(6), 2012, eq. 7 (one-pole) and 17 (smooth branching).
"""

from math import exp

import numpy as np

from audiograph.dsp.denormals import settled
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
def averaged(level, keep, mean):
    """The running mean of the level in its place; mean[0] is carried on."""
    now = mean[0]
    for n in range(level.shape[0]):
        now = keep * now + (1 - keep) * level[n]
        level[n] = now
    mean[0] = settled(now)


@inlined
def followed(level, rise, fall, sign, carried):
    """Eq. 17 in the level's place: where it rises, `rise` is kept from frame to frame, else `fall`.

    The branch that applies always has the larger result, where rise <= fall: one
    maximum. Otherwise it is the smaller, and `sign` -1 turns all upside down.
    """
    now = sign * carried[0]
    for n in range(level.shape[0]):
        aim = sign * level[n]
        now = max(rise * now + (1 - rise) * aim, fall * now + (1 - fall) * aim)
        level[n] = sign * now
    carried[0] = settled(sign * now)
