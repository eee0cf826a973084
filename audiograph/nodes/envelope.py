# mypy: allow-untyped-defs, allow-untyped-calls
"""Envelope: level over time.

Reference: straight lines in dB, or in the factor 10^(level / 20); each frame has the
level of the time at which it begins.
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from audiograph.dsp.decibels import DOUBLING, amplitude, exp2
from audiograph.errors import NodeError
from audiograph.kernel import inlined, kernel
from audiograph.node import Effect, Setup, effect
from audiograph.sound import ENDLESS
from audiograph.units import choice, db, moment, rows

PART = 512  # frames for which factors are computed at a time


class EnvelopeCoefs(NamedTuple):
    """Straight lines; each holds until the next one begins."""

    lines: NDArray[np.float64]  # (lines, 3): first frame, value there, slope per frame
    in_db: bool  # values are log2 of the factor; else the factor itself


class EnvelopeState(NamedTuple):
    """Carried from block to block: the time of the next frame, and scratch."""

    clock: NDArray[np.int64]
    scratch: NDArray[np.float32]


def _at_zero() -> EnvelopeState:
    return EnvelopeState(np.zeros(1, np.int64), np.zeros(PART, np.float32))


@inlined
def _line_at(lines, frame):
    """The index of the last line that begins at or before a frame; the first begins before any frame."""
    low, high = 0, lines.shape[0]
    while high - low > 1:
        middle = (low + high) // 2
        if lines[middle, 0] <= frame:
            low = middle
        else:
            high = middle
    return low


@inlined
def _follow(factor, line, now, in_db):
    start, value, slope = line[0], line[1], line[2]
    if in_db:
        for n in range(factor.shape[0]):
            factor[n] = exp2(np.float32(value + slope * (now + n - start)))
    else:
        for n in range(factor.shape[0]):
            factor[n] = value + slope * (now + n - start)


@kernel
def _envelope(x, y, c, s):
    first, last = 0, 0
    while first < x.shape[1]:
        now = s.clock[0]
        place = _line_at(c.lines, now)
        last = min(first + PART, x.shape[1])
        if place + 1 < c.lines.shape[0]:
            last = min(last, first + int(np.ceil(c.lines[place + 1, 0] - now)))
        factor = s.scratch[: last - first]
        _follow(factor, c.lines[place], float(now), c.in_db)
        for ch in range(x.shape[0]):
            a, b = x[ch, first:last], y[ch, first:last]
            for n in range(a.shape[0]):
                b[n] = a[n] * factor[n]
        s.clock[0] += last - first
        first = last


@effect
def envelope(
    setup: Setup,
    points: tuple[dict[str, Any], ...] = rows(
        "times and levels, in order of time",
        at=moment("time at which the level is reached"),
        level=db(0, -120, 60, "0 dB leaves the sound as it is"),
    ),
    curve: str = choice("db", "amplitude", help="scale on which the level moves in a straight line"),
) -> Effect:
    """Draws the level over time: points, and straight lines between them.

    Before the first point and after the last the level is constant.
    For a jump, put two points a millisecond apart.
    """
    if not points:
        raise NodeError("has no points: give it at least one, such as {at: 3 s, level: -6 dB}")
    for number, (early, late) in enumerate(pairwise(point["at"] for point in points), 1):
        if late <= early:
            jump = "; for a jump, put it 1 ms later" if late == early else ""
            what = f"point {number + 1}, at {late:g} s, is not after point {number}, at {early:g} s"
            raise NodeError(f"has points out of order of time: {what}{jump}", at=("points", number))
    times = [point["at"] * setup.rate for point in points]
    values = [point["level"] / DOUBLING if curve == "db" else amplitude(point["level"]) for point in points]
    coefs = EnvelopeCoefs(_lines(times, values), curve == "db")
    return Effect(_envelope, coefs, _at_zero, memory=0, clocked=True)


def _lines(times: Sequence[float], values: Sequence[float]) -> NDArray[np.float64]:
    knots = list(zip(times, values, strict=True))
    between = [(a, low, (high - low) / (b - a)) for (a, low), (b, high) in pairwise(knots)]
    return np.array([(-ENDLESS, values[0], 0.0), *between, (times[-1], values[-1], 0.0)])
