# mypy: allow-untyped-defs, allow-untyped-calls
"""Wrapped samples: peaks past full scale that a careless conversion to 16 bits moved to the other end.

1.0 becomes -32768, and higher values continue from there: a click. A wrapped sample
is off by exactly 2, the whole range, so 2 is added back, and the peak is as it was,
above full scale where it was. The jumps into and out of a wrap are nearly 2 high. Few
sounds have such jumps, but noise and square waves do. So a wrap is patched only where
that makes the sound smooth. From BESIDE frames before it to as many after, no second
difference may be larger than BEND, no patched jump more than twice the largest step
beside it, no plateau may lie at full scale (a clipped sound does not wrap), and a long
wrap must stand out from its surroundings.

In an s at a low rate nothing is smooth. There, a lone sample at full scale is looked at
in its surroundings: two linear predictions of AROUND frames before and after it are
made, one as it is and one with the sample at the other end. If the second leaves an
error that is LIKELIER times lower in power, the sample has wrapped.

This works at the sample rate at which the wrap happened. Resampling spreads it over
many frames, so a file is patched before it is resampled.

Reference: phase unwrapping (K. Itoh, "Analysis of the phase unwrapping
algorithm", Applied Optics 21(14), 1982), with a range of 2 in place of a turn,
and with a test of the result. Linear prediction: J. Makhoul, "Linear prediction: a
tutorial review", Proc. IEEE 63(4), 1975, eq. 38 (Durbin's recursion).
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from audiograph.kernel import inlined, kernel

JUMP = np.float32(1.25)  # smallest step into a wrap: 2, less the movement of the sound itself
BEND = 0.75  # largest second difference after patching
BESIDE = 8  # frames without a jump that end a wrap
LONG = 3  # frames; a plateau of a square wave is longer
RAIL = 0.9999  # magnitudes from here on are at full scale
EDGE = 0.97  # beside a long wrap, some sample must be lower than this
LONGEST = 0.003  # seconds from the first jump to the last
AROUND = 96  # frames on each side of a lone sample at full scale
ORDER = 24  # of the linear prediction
LIKELIER = 1.18  # ratio of powers of its error
CROWD = 4  # samples at full scale, of 2 AROUND; so many are no lone ones
PART = 1024  # frames processed at a time


class WrapCoefs(NamedTuple):
    """The longest wrap."""

    longest: int  # frames from the first jump to the last


class WrapState(NamedTuple):
    """Carried from block to block, and scratch."""

    open: NDArray[np.int64]  # (channels, 3) frames since the first and the last jump, 0: none; turns
    past: NDArray[np.float32]  # (channels, delay) earlier frames, patched where a wrap has ended
    scratch: NDArray[np.float32]  # (delay + PART,)
    around: NDArray[np.float64]  # (2 AROUND + 1,) scratch
    predictor: NDArray[np.float64]  # (2, ORDER + 1) scratch


def longest(rate: int) -> int:
    """Frames from the first jump to the last."""
    return round(LONGEST * rate)


def delay(rate: int) -> int:
    """Latency in frames: the end of a wrap and what is around a sample must be known before they come out."""
    return max(longest(rate) + 2 * BESIDE + 2, 2 * AROUND + 1)


def at_rest(channels: int, rate: int) -> WrapState:
    """The state before the first frame."""
    past, scratch = np.zeros((channels, delay(rate)), np.float32), np.zeros(delay(rate) + PART, np.float32)
    around, predictor = np.zeros(2 * AROUND + 1), np.zeros((2, ORDER + 1))
    return WrapState(np.zeros((channels, 3), np.int64), past, scratch, around, predictor)


@inlined
def turned(before, now):
    """The direction of a jump: 1 down, -1 up, 0 for none."""
    return (1 if before - now > JUMP else 0) - (1 if now - before > JUMP else 0)


@inlined
def is_wrap(x):
    """Whether x is as smooth as a sound once its turns are undone."""
    turns, run, longest = 0, 0, 0
    one = two = x[0]  # the last two frames, patched
    # the largest second difference, the largest step without a jump, and the largest at a jump
    bend = usual = unusual = np.float32(0)
    least = np.float32(1)
    sane = True  # no sample past full scale, no second turn, and no plateau at full scale, as in clipping
    for n in range(1, x.shape[0]):
        turn = turned(x[n - 1], x[n])
        turns += turn
        y = x[n] + np.float32(2 * turns)
        bend = max(bend, abs((y - one) - (one - two)))
        if turn != 0:
            unusual = max(unusual, abs(y - one))
        elif x[n] != 0 and x[n - 1] != 0:  # a step to or from 0 may be a cut, which is no measure
            usual = max(usual, abs(y - one))
        if turns == 0:
            least = min(least, abs(y))
        run = run + 1 if turns != 0 else 0
        longest = max(longest, run)
        sane = sane and abs(turns) <= 1 and abs(x[n]) <= 1 and x[n] * turns <= 0
        sane = sane and (x[n] != x[n - 1] or abs(x[n]) < RAIL)
        two, one = one, y
    stands = longest < LONG or least < EDGE
    return sane and turns == 0 and bend < BEND and unusual <= 2 * usual and stands


@inlined
def patch(x):
    """Undo the turns of x, in place."""
    turns, before = 0, x[0]
    for n in range(x.shape[0]):
        turns += turned(before, x[n])
        before = x[n]
        x[n] = before + np.float32(2 * turns)


@inlined
def jumps(before, now):
    """The number of jumps."""
    count = 0
    for n in range(now.shape[0]):
        count += abs(now[n] - before[n]) > JUMP
    return count


@inlined
def search(sound, frames, longest, s):
    """Patch the wraps that end within the last `frames` of the sound."""
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
                patch(part)
            first, last, turns = 0, 0, 0
    s[0], s[1], s[2] = first, last, turns


@inlined
def prediction_error(x, a, b):
    """The power that a linear prediction of x leaves, not normalized; a and b are scratch."""
    for lag in range(ORDER + 1):
        total = 0.0
        for n in range(lag, x.shape[0]):
            total += x[n] * x[n - lag]
        a[lag] = total
    left = a[0] * (1 + 1e-6) + 1e-20
    b[0] = 1.0
    for i in range(1, ORDER + 1):
        total = a[i]
        for j in range(1, i):
            total += b[j] * a[i - j]
        k = -total / left
        for j in range(1, i // 2 + 1):
            one, other = b[j], b[i - j]
            b[j] = one + k * other
            if j != i - j:
                b[i - j] = other + k * one
        b[i] = k
        left *= 1 - k * k
    return left


@inlined
def tapered(part, middle, x):
    """x is a part, fading in and out, with this value in its middle."""
    for n in range(x.shape[0]):
        place = np.float64(n - AROUND) / (AROUND + 1)
        fading = 1 - place * place
        x[n] = part[n] * fading * fading
    x[AROUND] = middle


@inlined
def at_full_scale(x):
    """The number of samples at full scale."""
    count = 0
    for n in range(x.shape[0]):
        count += abs(x[n]) >= np.float32(RAIL)
    return count


@inlined
def search_alone(sound, frames, s):
    """Patch lone samples at full scale, where enough is known on both sides, of so many frames."""
    first = sound.shape[0] - frames - AROUND
    for at in range(first, first + frames):
        now = sound[at]
        if abs(now) < np.float32(RAIL) or abs(now) > 1:
            continue
        part = sound[at - AROUND : at + AROUND + 1]
        if at_full_scale(part) >= CROWD:
            continue
        other = now - np.float32(2) if now > 0 else now + np.float32(2)
        tapered(part, now, s.around)
        found = prediction_error(s.around, s.predictor[0], s.predictor[1])
        tapered(part, other, s.around)
        if found > LIKELIER * prediction_error(s.around, s.predictor[0], s.predictor[1]):
            sound[at] = other


@inlined
def unwrapped(x, longest, s, ch, y):
    """y is a part of channel `ch`, patched, and late by the delay."""
    frames, old = x.shape[0], s.past.shape[1]
    past, sound = s.past[ch], s.scratch[: old + frames]
    new, later = sound[old:], sound[frames:]
    for n in range(old):
        sound[n] = past[n]
    for n in range(frames):
        new[n] = x[n]
    if s.open[ch, 0] > 0 or jumps(sound[old - 1 : old + frames - 1], new) > 0:  # rare
        search(sound, frames, longest, s.open[ch])
    if at_full_scale(sound[old - AROUND : old - AROUND + frames]) > 0:  # rare
        search_alone(sound, frames, s)
    for n in range(frames):
        y[n] = sound[n]
    for n in range(old):
        past[n] = later[n]


@kernel
def unwrap(x, y, c, s):
    """y is a block x, patched, and late by the delay."""
    for ch in range(x.shape[0]):
        for first in range(0, x.shape[1], PART):
            last = min(first + PART, x.shape[1])
            unwrapped(x[ch, first:last], c.longest, s, ch, y[ch, first:last])
