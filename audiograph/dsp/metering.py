# mypy: allow-untyped-defs, allow-untyped-calls
"""All figures of a meter, in one pass over a sound.

The zeros of the filters and the values between samples do not depend on the frame
before, and run as vector loops. The poles of the filters and the sums do, and run
frame by frame for two channels at once. Sums are made in the order of frames, in
steps of 10 ms, so block sizes change no bit of them.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from audiograph.dsp.denormals import flush_denormals
from audiograph.dsp.extremes import GRAIN, NEVER, look
from audiograph.dsp.full_band import EXTRA_HALVES, PAST
from audiograph.dsp.k_weighting import sections, weights
from audiograph.kernel import inlined, kernel

PART = 512  # frames processed at a time; a part begins at a multiple of PART
STEPS = 100  # per second


class MeterCoefs(NamedTuple):
    """K-weighting and channel weights."""

    taps: NDArray[np.float64]  # (5,) zeros of both filters
    poles: NDArray[np.float64]  # (4,) a1 a2 of the first filter, then of the second
    weights: NDArray[np.float64]  # (channels rounded up to even,)
    rate: int


class MeterState(NamedTuple):
    """Figures so far, and filter states. Channels go in pairs: an odd last one has a silent companion."""

    line: NDArray[np.float32]  # (channels, PAST + PART) earlier frames, then this part
    past: NDArray[np.float64]  # (channels, 4) outputs of shelf and high-pass: last and last but one
    sums: NDArray[np.float64]  # (channels,) of squares, since the step began
    totals: NDArray[np.float64]  # (channels / 2, 5, PART) see `_add`
    tops: NDArray[np.int32]  # (2,) bits of the highest sample and of the highest true peak
    runs: NDArray[np.int64]  # (channels,) length of the current run at full scale
    counts: NDArray[np.int64]  # (4,) first loud frame, frame after the last, clipped samples, runs
    clock: NDArray[np.int64]  # (1,)
    new: NDArray[np.int64]  # (1,) frames of x to measure, so that one binding serves blocks of any size
    zeros: NDArray[np.float64]  # (channels, PART) scratch: input of the poles
    peaks: NDArray[np.float32]  # (2, GRAIN + EXTRA_HALVES) scratch


def meter_coefs(rate: int, channels: int, mask: int = 0) -> MeterCoefs:
    """Coefs for so many channels, of the speakers of a mask; 0 is the usual ones."""
    shelf, high = sections(rate)
    counted = np.zeros(channels + channels % 2)
    counted[:channels] = weights(channels, mask)
    return MeterCoefs(np.convolve(shelf[:3], high[:3]), np.array([*shelf[3:], *high[3:]]), counted, rate)


def meter_state(channels: int) -> MeterState:
    """The state before the first frame."""
    even = channels + channels % 2
    line, past, zeros = np.zeros((even, PAST + PART), np.float32), np.zeros((even, 4)), np.zeros((even, PART))
    tops, runs, counts = np.zeros(2, np.int32), np.zeros(even, np.int64), np.array([NEVER, 0, 0, 0])
    totals, clock, new = np.zeros((even // 2, 5, PART)), np.zeros(1, np.int64), np.zeros(1, np.int64)
    peaks = np.zeros((2, GRAIN + EXTRA_HALVES), np.float32)
    return MeterState(line, past, np.zeros(even), totals, tops, runs, counts, clock, new, zeros, peaks)


@inlined
def boundary(step: int, rate: int) -> int:
    """The first frame of a step of 10 ms: the nearest one, so that steps do not drift at any rate."""
    return (step * rate + STEPS // 2) // STEPS


@inlined
def steps_within(frames: int, rate: int) -> int:
    """The number of complete steps after so many frames."""
    return (STEPS * frames + (STEPS - 1) // 2) // rate


@inlined
def _take(x, line):
    """Append x to the earlier frames of the line."""
    new = line[PAST:]
    for n in range(x.shape[0]):
        new[n] = x[n]


@inlined
def _shift(line, frames):
    """Move the last frames of the line to its start."""
    last = line[frames:]
    for n in range(PAST):
        line[n] = last[n]


@inlined
def _filter_zeros(x, taps, out):
    """The zeros of both filters; x has four earlier frames before the first."""
    t0, t1, t2, t3, t4 = taps[0], taps[1], taps[2], taps[3], taps[4]
    for n in range(out.shape[0]):
        far = t4 * np.float64(x[n]) + t3 * np.float64(x[n + 1]) + t2 * np.float64(x[n + 2])
        out[n] = far + t1 * np.float64(x[n + 3]) + t0 * np.float64(x[n + 4])


@inlined
def _poles(left, right, poles, past, sums):
    """The poles of both filters, and the sums of squares of their outputs."""
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

    Each place in a part has a sum of its own. So the loop is a vector loop, and the
    order of additions does not depend on block sizes.
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
def _sum_steps(frames, power, done, c, s):
    """Run a part through the poles, step by step; returns the number of steps in `power`."""
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


@inlined
def _carry(channels, frames, s):
    """What the next part needs of this one."""
    for ch in range(channels):
        _shift(s.line[ch], frames)
        for k in range(4):
            s.past[ch, k] = flush_denormals(s.past[ch, k])


@kernel
def power_meter(x, power, c, s):
    """As `meter`, but for the mean squares alone, in the same bits."""
    first = done = 0
    while first < s.new[0]:
        at = s.clock[0] % PART
        frames = min(PART - at, s.new[0] - first)
        for ch in range(x.shape[0]):
            line = s.line[ch]
            _take(x[ch, first : first + frames], line)
            _filter_zeros(line[PAST - 4 :], c.taps, s.zeros[ch, :frames])
        done = _sum_steps(frames, power, done, c, s)
        _carry(x.shape[0], frames, s)
        first += frames


@kernel
def meter(x, power, c, s):
    """Measure the first s.new[0] frames of x; `power` takes the mean square of each step they complete."""
    first = done = 0
    while first < s.new[0]:
        at = s.clock[0] % PART
        frames = min(PART - at, s.new[0] - first)
        for ch in range(x.shape[0]):
            line = s.line[ch]
            _take(x[ch, first : first + frames], line)
            look(line, frames, s.clock[0], ch, c.rate, s)
            _filter_zeros(line[PAST - 4 :], c.taps, s.zeros[ch, :frames])
        for ch in range(0, s.line.shape[0], 2):
            left, right = s.line[ch, PAST : PAST + frames], s.line[ch + 1, PAST : PAST + frames]
            _add(left, right, at, s.totals[ch // 2])
        done = _sum_steps(frames, power, done, c, s)
        _carry(x.shape[0], frames, s)
        first += frames
