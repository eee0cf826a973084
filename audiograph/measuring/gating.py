"""Loudness from powers: blocks, gates, windows.

Everything here takes steps: the K-weighted mean square of each 10 ms, as
`Meter.power` gives them. A part at the end that fills no block counts nowhere.

Reference: Recommendation ITU-R BS.1770-5, annex 1: blocks of 400 ms every 100 ms, gates at -70 LUFS
and 10 LU below. EBU Tech 3341: momentary 0.4 s, short-term 3 s. EBU Tech 3342: loudness range.
"""

from math import inf, log10

import numpy as np
from numpy.typing import NDArray

Power = NDArray[np.float64]  # (steps,) mean squares

STEP = 0.01  # seconds
HOP, BLOCK, SHORT = 10, 40, 300  # steps: 100 ms, 400 ms, 3 s
OFFSET = -0.691  # dB: what K-weighting adds at 1 kHz, taken off again
ABSOLUTE, RELATIVE, RANGE = -70.0, -10.0, -20.0  # LUFS; LU below what passed the first gate
LOW, HIGH = 0.1, 0.95  # quantiles of short-term loudness that the range lies between
AT_ONCE = 2**16  # windows summed at a time, so that the sum over ten hours needs no room


def loudness(power: float) -> float:
    """LUFS of a mean square, -inf of 0."""
    return OFFSET + 10 * log10(power) if power > 0 else -inf


def power(lufs: float) -> float:
    """The mean square that is so loud."""
    return float(10 ** ((lufs - OFFSET) / 10))


def integrated(steps: Power) -> float:
    """LUFS of the whole, both gates; -inf of silence and of what is shorter than 400 ms."""
    blocks = windows(hops(steps), BLOCK // HOP)
    return loudness(_mean(blocks[passing(blocks)]))


def loudness_range(steps: Power) -> float | None:
    """LU between the quiet and the loud parts; None of silence and of what is shorter than 3 s."""
    short = windows(hops(steps), SHORT // HOP)
    short = short[passing(short, RANGE)]
    if not len(short):
        return None
    low, high = np.quantile(short, (LOW, HIGH), method="nearest")
    return loudness(high) - loudness(low)


def momentary(steps: Power) -> Power:
    """LUFS of each 400 ms, one every 10 ms; the first ends 400 ms in."""
    return _loudness(windows(steps, BLOCK))


def short_term(steps: Power) -> Power:
    """LUFS of each 3 s, one every 10 ms; the first ends 3 s in."""
    return _loudness(windows(steps, SHORT))


def highest(steps: Power, window: int) -> float:
    """LUFS of the loudest window of so many steps, -inf where none is full."""
    firsts = range(0, len(steps) - window + 1, AT_ONCE)
    parts = (windows(steps[first : first + AT_ONCE + window - 1], window) for first in firsts)
    return loudness(max((float(part.max()) for part in parts), default=0.0))


def margin(one: Power, other: Power) -> float | None:
    """LU that `one` is over `other` where both sound; None where they never do.

    Both are taken over the blocks of 400 ms in which each passes its own gates.
    """
    blocks = [windows(hops(steps), BLOCK // HOP) for steps in (one, other)]
    some = min(map(len, blocks))
    both = np.logical_and(*(passing(each)[:some] for each in blocks))
    if not both.any():
        return None
    over, under = (loudness(_mean(each[:some][both])) for each in blocks)
    return over - under


def passing(blocks: Power, relative: float = RELATIVE) -> NDArray[np.bool_]:
    """Which blocks are above -70 LUFS, and above `relative` LU under the mean of those that are."""
    first = blocks > power(ABSOLUTE)
    return np.asarray(blocks > max(power(ABSOLUTE), _mean(blocks[first]) * 10 ** (relative / 10)))


def hops(steps: Power) -> Power:
    """The mean of each 100 ms."""
    return np.asarray(steps[: len(steps) // HOP * HOP].reshape(-1, HOP).mean(1))


def windows(steps: Power, window: int) -> Power:
    """The mean of each `window` steps in a row: (steps - window + 1,).

    Sums of 2, 4, 8... steps, and of them the sum that is asked for: nothing is
    taken off again, so what is silent is 0.
    """
    count = max(0, len(steps) - window + 1)
    total, done, doubled, span = np.zeros(count), 0, np.asarray(steps, np.float64), 1
    while done < window:
        if window & span:
            total += doubled[done : done + count]
            done += span
        doubled = doubled[:-span] + doubled[span:]
        span *= 2
    return total / window


def _mean(powers: Power) -> float:
    return float(powers.mean()) if len(powers) else 0.0


def _loudness(powers: Power) -> Power:
    with np.errstate(divide="ignore"):
        return np.asarray(OFFSET + 10 * np.log10(powers))
