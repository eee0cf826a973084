"""Loudness from powers: blocks, gates and windows.

Everything here takes steps: the K-weighted mean square of each 10 ms, from
`Meter.power`. Steps at the end that do not fill a block are left out.

Reference: Recommendation ITU-R BS.1770-5, annex 1: blocks of 400 ms every 100 ms, gates at -70 LUFS
and 10 LU below. EBU Tech 3341: momentary 0.4 s, short-term 3 s. EBU Tech 3342: loudness range.
"""

from math import inf, log10

import numpy as np
from numpy.typing import NDArray

Power = NDArray[np.float64]  # (steps,) mean squares

STEP = 0.01  # seconds
HOP, BLOCK, SHORT = 10, 40, 300  # steps: 100 ms, 400 ms, 3 s
OFFSET = -0.691  # dB: cancels the gain of the K-weighting at 1 kHz
ABSOLUTE, RELATIVE, RANGE = -70.0, -10.0, -20.0  # LUFS; LU relative to what passed the first gate, twice
LOW, HIGH = 0.1, 0.95  # quantiles of the short-term loudness: the ends of the range
AT_ONCE = 2**16  # windows summed at a time, so that ten hours take no more memory


def loudness(power: float) -> float:
    """The loudness of a mean square in LUFS; -inf for 0."""
    return OFFSET + 10 * log10(power) if power > 0 else -inf


def power(lufs: float) -> float:
    """The mean square of a loudness in LUFS."""
    return float(10 ** ((lufs - OFFSET) / 10))


def integrated(steps: Power) -> float:
    """Integrated loudness in LUFS, with both gates; -inf for silence, and for less than 400 ms."""
    blocks = windows(hops(steps), BLOCK // HOP)
    return loudness(_mean(blocks[passing(blocks)]))


def level(steps: Power) -> float:
    """Loudness in LUFS of any length, with both gates, the first 70 LU below the loudest block.

    So it moves by exactly as much as the sound. -inf where no block is above -70
    LUFS. A sound shorter than a block counts as if silence followed it.
    """
    blocks = whole_blocks(steps)
    return loudness(_mean(blocks[sounding(blocks)]))


def whole_blocks(steps: Power) -> Power:
    """The blocks of all steps, as if silence followed: a sound shorter than a block has one, too."""
    missing = max(BLOCK - len(steps), -len(steps) % HOP) if len(steps) else 0
    return windows(hops(np.concatenate([steps, np.zeros(missing)])), BLOCK // HOP)


def sounding(blocks: Power) -> NDArray[np.bool_]:
    """Which blocks pass both gates, the first 70 LU below the loudest; none if all are below -70 LUFS."""
    loudest = float(blocks.max(initial=0.0))
    if loudest <= power(ABSOLUTE):
        return np.zeros(len(blocks), bool)
    return passing(blocks * (power(0.0) / loudest))


def loudness_range(steps: Power) -> float | None:
    """Loudness range in LU; None for silence, and for less than 3 s."""
    short = windows(hops(steps), SHORT // HOP)
    short = short[passing(short, RANGE)]
    if not len(short):
        return None
    low, high = np.quantile(short, (LOW, HIGH), method="nearest")
    return loudness(high) - loudness(low)


def momentary(steps: Power) -> Power:
    """Momentary loudness in LUFS, of 400 ms, every 10 ms; the first value is that of 0 to 400 ms."""
    return _loudness(windows(steps, BLOCK))


def short_term(steps: Power) -> Power:
    """Short-term loudness in LUFS, of 3 s, every 10 ms; the first value is that of 0 to 3 s."""
    return _loudness(windows(steps, SHORT))


def highest(steps: Power, window: int) -> float:
    """LUFS of the loudest window of so many steps; -inf if the sound is shorter."""
    firsts = range(0, len(steps) - window + 1, AT_ONCE)
    parts = (windows(steps[first : first + AT_ONCE + window - 1], window) for first in firsts)
    return loudness(max((float(part.max()) for part in parts), default=0.0))


def passing(blocks: Power, relative: float = RELATIVE) -> NDArray[np.bool_]:
    """Which blocks pass both gates: above -70 LUFS, and above the mean of those plus `relative` LU."""
    first = blocks > power(ABSOLUTE)
    return np.asarray(blocks > max(power(ABSOLUTE), _mean(blocks[first]) * 10 ** (relative / 10)))


def hops(steps: Power) -> Power:
    """The mean of each 100 ms."""
    return np.asarray(steps[: len(steps) // HOP * HOP].reshape(-1, HOP).mean(1))


def windows(steps: Power, window: int) -> Power:
    """The moving mean of `window` steps, of shape (steps - window + 1,).

    It adds up sums of 2, 4, 8... steps and subtracts nothing, so silence is exactly 0.
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
