# mypy: allow-untyped-defs, allow-untyped-calls
"""Decorrelation: a second signal as loud as a sound at all frequencies, and unlike it in phase.

A delay, and all-passes one after the other. Added to the left and subtracted from the
right, it makes two sides of a mono sound, and vanishes where both are added again.

Reference: M. R. Schroeder, "Natural sounding artificial reverberation", JAES 10(3),
1962 (all-passes with a delay); M. R. Schroeder, "An artificial stereophonic effect
obtained from a single audio signal", JAES 6(2), 1958.
"""

from functools import partial
from math import ceil, log
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from audiograph.dsp.denormals import flush_denormals
from audiograph.dsp.detector import FORGETTING, one_pole
from audiograph.dsp.gains import Floats, add, arrived, mixed, steer
from audiograph.kernel import inlined, kernel

PART = 512  # frames processed at a time
DELAYS = (0.0029, 0.0043, 0.0067, 0.0097, 0.0131)  # seconds: a delay, then all-passes
FEEDBACK = (0.0, 0.5, -0.5, 0.5, -0.5)
BASS = 150.0  # Hz; lower frequencies stay in the middle
TINY = np.float32(1e-25)  # what is lower in a delay line is set to zero


class SpreadCoefs(NamedTuple):
    """Gains as in `matrix`, and what goes to the sides."""

    gains: Floats  # (outputs, inputs)
    ramp: int  # frames that a change takes
    amount: float  # factor of the decorrelated middle, on the left; on the right it is subtracted
    feedback: NDArray[np.float32]  # (stages,)
    bass: float  # one-pole factor


class SpreadState(NamedTuple):
    """Carried from block to block."""

    ramps: Floats  # (outputs, inputs, 3)
    amounts: Floats  # (2, 3)
    lines: NDArray[np.float32]  # all delay lines, one after the other
    ends: NDArray[np.int64]  # (stages,) where each of them ends
    at: NDArray[np.int64]  # (stages,) where each of them is
    low: NDArray[np.float64]  # (2,) bass
    scratch: NDArray[np.float32]  # (PART,)


def spread_coefs(gains: Floats, ramp: int, amount: float, rate: int) -> SpreadCoefs:
    """The coefs of `spread` at a rate in Hz."""
    bass = 1 - one_pole(1 / (2 * np.pi * BASS), rate)
    return SpreadCoefs(gains, ramp, amount, np.array(FEEDBACK, np.float32), bass)


def spread_state(gains: Floats, amount: float, rate: int) -> partial[SpreadState]:
    """A function that makes the state of `spread`."""
    return partial(_at_rest, gains, amount, rate)


def _at_rest(gains: Floats, amount: float, rate: int) -> SpreadState:
    ends = np.cumsum(_frames(rate))
    lines, at = np.zeros(ends[-1], np.float32), ends - _frames(rate)
    amounts = arrived(np.array([amount, -amount]))
    return SpreadState(arrived(gains), amounts, lines, ends, at, np.zeros(2), np.zeros(PART, np.float32))


def spread_memory(rate: int) -> int:
    """Frames until what has come in has decayed by 200 dB."""
    rings = (
        frames * (1 + ceil(log(1e-10) / log(abs(gain))) if gain else 1)
        for frames, gain in zip(_frames(rate), FEEDBACK, strict=True)
    )
    return sum(map(int, rings)) + ceil(2 * FORGETTING * rate / (2 * np.pi * BASS))


def _frames(rate: int) -> NDArray[np.int64]:
    return np.array([max(1, round(delay * rate)) for delay in DELAYS])


@inlined
def _all_pass(x, line, at, feedback):
    """Replace x by what an all-pass makes of it. `at` is the oldest frame of its line; returns the next."""
    done = 0
    while done < x.shape[0]:
        some = min(x.shape[0] - done, line.shape[0] - at)
        part, past = x[done : done + some], line[at : at + some]
        for n in range(some):
            late = past[n]
            new = part[n] + feedback * late
            past[n] = new if abs(new) > TINY else np.float32(0)
            part[n] = late - feedback * new
        done += some
        at = (at + some) % line.shape[0]
    return at


@inlined
def _without_bass(x, factor, low):
    one, two = low[0], low[1]
    for n in range(x.shape[0]):
        now = x[n]
        one += factor * (now - one)
        now -= one
        two += factor * (now - two)
        x[n] = now - two
    low[0], low[1] = flush_denormals(one), flush_denormals(two)


@kernel
def spread(x, y, c, s):
    """The gains, and the decorrelated middle added to the left and subtracted from the right."""
    mixed(x, y, c, s)
    steer(s.amounts[0], c.amount, c.ramp)
    steer(s.amounts[1], -c.amount, c.ramp)
    for first in range(0, x.shape[1], PART):
        side = s.scratch[: min(PART, x.shape[1] - first)]
        one, other = x[0, first : first + PART], x[x.shape[0] - 1, first : first + PART]
        for n in range(side.shape[0]):
            side[n] = np.float32(0.5) * (one[n] + other[n])
        begin = 0
        for k in range(s.ends.shape[0]):
            line = s.lines[begin : s.ends[k]]
            s.at[k] = begin + _all_pass(side, line, s.at[k] - begin, c.feedback[k])
            begin = s.ends[k]
        _without_bass(side, c.bass, s.low)
        add(side, y[0, first : first + PART], s.amounts[0])
        add(side, y[1, first : first + PART], s.amounts[1])
