# mypy: allow-untyped-defs, allow-untyped-calls
"""Samples that wrapped: peaks past full scale that a careless conversion to 16 bit put at the other end.

1.0 becomes -32768, and what is above it goes on from there: a click. What
wrapped is off by exactly 2, the whole range, so 2 is put back, and the peak is
what it was, above full scale where it was. The jumps there and back are nearly
2 high. Few sounds have such, but noise and square waves do, so a wrap is mended
only where the sound becomes smooth by it: between BESIDE frames before and as
many after, no bend (second difference) is larger than BEND, no mended jump goes
more than twice as far as the sound does beside it, nothing rests at full scale
(what clips does not wrap), and what is long stands out from what is beside it.

A wrap is one at the rate at which it happened. Resampling spreads it over many
frames, so a file is mended before it is resampled.

Reference: phase unwrapping (K. Itoh, "Analysis of the phase unwrapping
algorithm", Applied Optics 21(14), 1982), with a range of 2 in place of a turn,
and a test of the result.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from audiograph.kernel import inlined, kernel

JUMP = np.float32(1.25)  # between two frames: 2, less what the sound itself moves
BEND = 0.75
BESIDE = 8  # frames without a jump that end it
LONG = 3  # frames; a plateau of a square wave is longer
RAIL = 0.9999  # what 16 bit hold at most is more
EDGE = 0.97  # what is beside a long one is below this somewhere
LONGEST = 0.003  # seconds from the first jump to the last
PART = 1024


class WrapCoefs(NamedTuple):
    """How long a wrap may be."""

    longest: int  # frames from the first jump to the last


class WrapState(NamedTuple):
    """What went before, and room for a part."""

    open: NDArray[np.int64]  # (channels, 3) frames from the first jump and from the last on, 0: none; turns
    past: NDArray[np.float32]  # (channels, delay), mended as far as may be
    scratch: NDArray[np.float32]  # (delay + PART,)


def longest(rate: int) -> int:
    """Frames from the first jump to the last."""
    return round(LONGEST * rate)


def delay(rate: int) -> int:
    """Frames by which what is mended is late: the end of a wrap is heard before its start is given."""
    return longest(rate) + 2 * BESIDE + 2


def at_rest(channels: int, rate: int) -> WrapState:
    """The state before anything was heard."""
    past, scratch = np.zeros((channels, delay(rate)), np.float32), np.zeros(delay(rate) + PART, np.float32)
    return WrapState(np.zeros((channels, 3), np.int64), past, scratch)


@inlined
def turned(before, now):
    """Which way a sound jumps: 1 down, -1 up, 0 where it does not."""
    return (1 if before - now > JUMP else 0) - (1 if now - before > JUMP else 0)


@inlined
def is_wrap(x):
    """Whether x, with its turns undone, is as smooth as a sound is."""
    turns, run, longest = 0, 0, 0
    one = two = x[0]  # as mended
    bend = usual = unusual = np.float32(
        0
    )  # the largest bend, the largest step where it does not jump, and where
    least = np.float32(1)
    sane = True  # nothing past full scale, no second turn, and no plateau at full scale: what clips wraps not
    for n in range(1, x.shape[0]):
        turn = turned(x[n - 1], x[n])
        turns += turn
        y = x[n] + np.float32(2 * turns)
        bend = max(bend, abs((y - one) - (one - two)))
        if turn != 0:
            unusual = max(unusual, abs(y - one))
        elif x[n] != 0 and x[n - 1] != 0:  # where a sound is cut off it moves as it never does
            usual = max(usual, abs(y - one))
        if turns == 0:
            least = min(least, abs(y))
        run = run + 1 if turns != 0 else 0
        longest = max(longest, run)
        sane = sane and abs(turns) <= 1 and abs(x[n]) <= 1 and x[n] * turns <= 0
        sane = sane and (turns != 0 or x[n] != x[n - 1] or abs(x[n]) < RAIL)
        two, one = one, y
    stands = longest < LONG or least < EDGE
    return sane and turns == 0 and bend < BEND and unusual <= 2 * usual and stands


@inlined
def mend(x):
    """Undo the turns."""
    turns, before = 0, x[0]
    for n in range(x.shape[0]):
        turns += turned(before, x[n])
        before = x[n]
        x[n] = before + np.float32(2 * turns)


@inlined
def jumps(before, now):
    """How many."""
    count = 0
    for n in range(now.shape[0]):
        count += abs(now[n] - before[n]) > JUMP
    return count


@inlined
def search(sound, frames, longest, s):
    """Patch the wraps that are over within the last `frames` of the sound."""
    old = sound.shape[0] - frames
    before, now = sound[old - 1 :], sound[old:]
    first, last, turns = s[0], s[1], s[2]
    for n in range(frames):
        turn = turned(before[n], now[n])
        if turn == 0 and first == 0:
            continue
        first, last, turns = first + 1, last + 1, turns + turn
        if turn != 0:
            last = 1
        elif last > BESIDE and (turns == 0 or first - last > longest):
            part = sound[max(old + n + 1 - first - BESIDE, 0) : old + n + 1]
            if first - last <= longest and is_wrap(part):
                mend(part)
            first, last, turns = 0, 0, 0
    s[0], s[1], s[2] = first, last, turns


@inlined
def unwrapped(x, longest, s, ch, y):
    """A part of channel `ch`, mended, late by the delay."""
    frames, old = x.shape[0], s.past.shape[1]
    past, sound = s.past[ch], s.scratch[: old + frames]
    new, later = sound[old:], sound[frames:]
    for n in range(old):
        sound[n] = past[n]
    for n in range(frames):
        new[n] = x[n]
    if s.open[ch, 0] > 0 or jumps(sound[old - 1 : old + frames - 1], new) > 0:  # next to never
        search(sound, frames, longest, s.open[ch])
    for n in range(frames):
        y[n] = sound[n]
    for n in range(old):
        past[n] = later[n]


@kernel
def unwrap(x, y, c, s):
    """All of a block, mended, late by the delay."""
    for ch in range(x.shape[0]):
        for first in range(0, x.shape[1], PART):
            last = min(first + PART, x.shape[1])
            unwrapped(x[ch, first:last], c.longest, s, ch, y[ch, first:last])
