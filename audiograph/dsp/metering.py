# mypy: allow-untyped-defs, allow-untyped-calls
"""All that a meter takes from a sound, in one pass over it.

What does not wait for the frame before it, that is the filters' zeros and the
values between samples, goes in vectors; what does, the filters' poles and the
sums, goes frame by frame for two channels at once. Sums are made in the order
of frames, from step to step of 10 ms, so blocks change no bit of them.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from audiograph.dsp.denormals import flush_denormals
from audiograph.dsp.extremes import GRAIN, NEVER, look
from audiograph.dsp.k_weighting import sections, weights
from audiograph.dsp.true_peak import MORE, PAST
from audiograph.kernel import inlined, kernel

PART = 512  # frames taken at a time; they begin at whole multiples of it
STEPS = 100  # a second


class MeterCoefs(NamedTuple):
    """How it weighs."""

    taps: NDArray[np.float64]  # (5,) both filters' zeros
    poles: NDArray[np.float64]  # (4,) a1 a2 of one and of the other
    weights: NDArray[np.float64]  # (channels, one more where they are odd,)
    rate: int


class MeterState(NamedTuple):
    """What it has heard. Channels go in pairs: an odd one out has a silent companion."""

    line: NDArray[np.float32]  # (channels, PAST + PART) what went before, then this part
    past: NDArray[np.float64]  # (channels, 4) shelf's output, high-pass's: last and last but one
    sums: NDArray[np.float64]  # (channels,) of squares, since the step began
    totals: NDArray[np.float64]  # (channels / 2, 5, PART) see `_add`
    tops: NDArray[np.int32]  # (2,) bits of the highest sample and of the highest true peak
    runs: NDArray[np.int64]  # (channels,) samples at full scale in a row, up to now
    counts: NDArray[np.int64]  # (4,) first loud frame, that after the last, samples clipped, runs of them
    clock: NDArray[np.int64]  # (1,)
    new: NDArray[np.int64]  # (1,) frames of x to hear, so that one binding serves blocks of any size
    zeros: NDArray[np.float64]  # (channels, PART) scratch: what the poles hear
    peaks: NDArray[np.float32]  # (2, GRAIN + MORE) scratch


def meter_coefs(rate: int, channels: int) -> MeterCoefs:
    """Of so many channels in the order of a WAV file."""
    shelf, high = sections(rate)
    counted = np.zeros(channels + channels % 2)
    counted[:channels] = weights(channels)
    return MeterCoefs(np.convolve(shelf[:3], high[:3]), np.array([*shelf[3:], *high[3:]]), counted, rate)


def nothing_heard(channels: int) -> MeterState:
    """The state before the first frame."""
    even = channels + channels % 2
    line, past, zeros = np.zeros((even, PAST + PART), np.float32), np.zeros((even, 4)), np.zeros((even, PART))
    tops, runs, counts = np.zeros(2, np.int32), np.zeros(even, np.int64), np.array([NEVER, 0, 0, 0])
    totals, clock, new = np.zeros((even // 2, 5, PART)), np.zeros(1, np.int64), np.zeros(1, np.int64)
    peaks = np.zeros((2, GRAIN + MORE), np.float32)
    return MeterState(line, past, np.zeros(even), totals, tops, runs, counts, clock, new, zeros, peaks)


@inlined
def boundary(step: int, rate: int) -> int:
    """The first frame of a step of 10 ms: the nearest, so that steps do not drift at any rate."""
    return (step * rate + STEPS // 2) // STEPS


@inlined
def steps_within(frames: int, rate: int) -> int:
    """How many steps are complete after so many frames."""
    return (STEPS * frames + (STEPS - 1) // 2) // rate


@inlined
def _take(x, line):
    """Put x behind what went before it."""
    new = line[PAST:]
    for n in range(x.shape[0]):
        new[n] = x[n]


@inlined
def _let_go(line, frames):
    """Keep the last of it as what went before."""
    last = line[frames:]
    for n in range(PAST):
        line[n] = last[n]


@inlined
def _filter_zeros(x, taps, out):
    """Both filters' zeros; x has four frames more, before the first."""
    t0, t1, t2, t3, t4 = taps[0], taps[1], taps[2], taps[3], taps[4]
    for n in range(out.shape[0]):
        far = t4 * np.float64(x[n]) + t3 * np.float64(x[n + 1]) + t2 * np.float64(x[n + 2])
        out[n] = far + t1 * np.float64(x[n + 3]) + t0 * np.float64(x[n + 4])


@inlined
def _poles(left, right, poles, past, sums):
    """Both filters' poles, and the sums of squares of what comes out."""
    a1, a2, c1, c2 = poles[0], poles[1], poles[2], poles[3]
    y1, y2, z1, z2 = past[0, 0], past[0, 1], past[0, 2], past[0, 3]
    u1, u2, v1, v2 = past[1, 0], past[1, 1], past[1, 2], past[1, 3]
    one, other = sums[0], sums[1]
    for n in range(left.shape[0]):
        y = (left[n] - a2 * y2) - a1 * y1
        u = (right[n] - a2 * u2) - a1 * u1
        z = (y - c2 * z2) - c1 * z1
        v = (u - c2 * v2) - c1 * v1
        one += z * z
        other += v * v
        y1, y2, z1, z2, u1, u2, v1, v2 = y, y1, z, z1, u, u1, v, v1
    past[0, 0], past[0, 1], past[0, 2], past[0, 3] = y1, y2, z1, z2
    past[1, 0], past[1, 1], past[1, 2], past[1, 3] = u1, u2, v1, v2
    sums[0], sums[1] = one, other


@inlined
def _add(left, right, at, totals):
    """Sums of left, right, left * right, left squared, right squared.

    Each place in a part has a sum of its own, so that they go in vectors, and in
    an order that no block changes.
    """
    a, b = totals[0, at : at + left.shape[0]], totals[1, at : at + left.shape[0]]
    both, one, other = totals[2, at:], totals[3, at:], totals[4, at:]
    for n in range(a.shape[0]):
        x, y = np.float64(left[n]), np.float64(right[n])
        a[n] += x
        b[n] += y
        both[n] += x * y
        one[n] += x * x
        other[n] += y * y


@inlined
def _weigh(frames, power, done, c, s):
    """Put a part through the poles, step by step; gives how many steps are written."""
    at = 0
    while at < frames:
        step = steps_within(s.clock[0], c.rate)
        begin, end = boundary(step, c.rate), boundary(step + 1, c.rate)
        some = min(frames - at, end - s.clock[0])
        for ch in range(0, s.past.shape[0], 2):
            left, right = s.zeros[ch, at : at + some], s.zeros[ch + 1, at : at + some]
            _poles(left, right, c.poles, s.past[ch : ch + 2], s.sums[ch : ch + 2])
        s.clock[0] += some
        at += some
        if s.clock[0] == end:
            total = 0.0
            for ch in range(s.sums.shape[0]):
                total += c.weights[ch] * s.sums[ch]
                s.sums[ch] = 0
            power[done] = total / (end - begin)
            done += 1
    return done


@kernel
def meter(x, power, c, s):
    """Hear the first s.new[0] frames of x; `power` takes the mean square of each step that they complete."""
    first = done = 0
    while first < s.new[0]:
        at = s.clock[0] % PART
        frames = min(PART - at, s.new[0] - first)
        for ch in range(x.shape[0]):
            line = s.line[ch]
            _take(x[ch, first : first + frames], line)
            look(line, frames, s.clock[0], ch, s)
            _filter_zeros(line[PAST - 4 :], c.taps, s.zeros[ch, :frames])
        for ch in range(0, s.line.shape[0], 2):
            left, right = s.line[ch, PAST : PAST + frames], s.line[ch + 1, PAST : PAST + frames]
            _add(left, right, at, s.totals[ch // 2])
        done = _weigh(frames, power, done, c, s)
        for ch in range(x.shape[0]):
            _let_go(s.line[ch], frames)
            for k in range(4):
                s.past[ch, k] = flush_denormals(s.past[ch, k])
        first += frames
