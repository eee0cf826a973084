# mypy: allow-untyped-defs, allow-untyped-calls
"""Second-order sections in a row for a stereo sound: eight at a time, in the lanes of one vector.

A wavefront: while section 0 takes frame n, section 1 takes frame n - 1, and so
on, so eight sections of two channels are one step of five multiply-adds. At the
ends of a part the sections that have no frame yet, or none left, keep what they
had: the part comes out whole, without latency, and parts cannot change a bit.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from audiograph.dsp.denormals import settled
from audiograph.dsp.lanes import LANES, between, fma, load, mul, pick, push, store
from audiograph.kernel import inlined, kernel

EIGHT = LANES // 2
PART = 1024


class StereoCascadeCoefs(NamedTuple):
    """Sections eight by eight."""

    lanes: NDArray[np.float64]  # (passes, 5, LANES) b0 b1 b2 -a1 -a2, each twice, left and right


class StereoCascadeState(NamedTuple):
    """What went before."""

    past: NDArray[np.float64]  # (passes, 4, LANES) x[n - 1] x[n - 2] y[n - 1] y[n - 2]
    scratch: NDArray[np.float64]  # (2, PART) from pass to pass


def stereo_coefs(sections: NDArray[np.float64]) -> StereoCascadeCoefs:
    """Coefficients of sections of shape (any number, 5); those that fill up the last eight change nothing."""
    passes = max(1, -(-len(sections) // EIGHT))
    table = np.tile([1.0, 0, 0, 0, 0], (passes * EIGHT, 1))
    table[: len(sections)] = sections
    table[:, 3:] *= -1
    lanes = np.repeat(table, 2, axis=0).reshape(passes, LANES, 5)
    return StereoCascadeCoefs(np.ascontiguousarray(lanes.transpose(0, 2, 1)))


def at_rest_in_stereo(coefs: StereoCascadeCoefs) -> StereoCascadeState:
    """The state of a cascade that has heard nothing."""
    return StereoCascadeState(np.zeros((len(coefs.lanes), 4, LANES)), np.zeros((2, PART)))


@inlined
def _edge(left, right, out_left, out_right, first, c, past):
    """Steps first .. first + EIGHT - 2: before all sections are at work, or after."""
    b0, b1, b2, a1, a2 = load(c[0]), load(c[1]), load(c[2]), load(c[3]), load(c[4])
    x1, x2, y1, y2 = load(past[0]), load(past[1]), load(past[2]), load(past[3])
    frames = left.shape[0]
    for n in range(first, min(first, frames) + EIGHT - 1):
        low, high = 2 * max(0, n - frames + 1), 2 * min(EIGHT, n + 1)
        source = min(n, frames - 1)
        new = push(y1, np.float64(left[source]), np.float64(right[source]))
        out = fma(b0, new, fma(a1, y1, fma(b1, x1, fma(b2, x2, mul(a2, y2)))))
        x2, x1 = between(low, high, x1, x2), between(low, high, new, x1)
        y2, y1 = between(low, high, y1, y2), between(low, high, out, y1)
        if n >= EIGHT - 1:
            out_left[n - EIGHT + 1], out_right[n - EIGHT + 1] = pick(out, LANES - 2), pick(out, LANES - 1)
    store(past[0], x1)
    store(past[1], x2)
    store(past[2], y1)
    store(past[3], y2)


@inlined
def _whole(left, right, out_left, out_right, c, past):
    """All steps at which every section is at work."""
    b0, b1, b2, a1, a2 = load(c[0]), load(c[1]), load(c[2]), load(c[3]), load(c[4])
    x1, x2, y1, y2 = load(past[0]), load(past[1]), load(past[2]), load(past[3])
    for n in range(left.shape[0]):
        new = push(y1, np.float64(left[n]), np.float64(right[n]))
        out = fma(b0, new, fma(a1, y1, fma(b1, x1, fma(b2, x2, mul(a2, y2)))))
        out_left[n], out_right[n] = pick(out, LANES - 2), pick(out, LANES - 1)
        x1, x2, y1, y2 = new, x1, out, y1
    store(past[0], x1)
    store(past[1], x2)
    store(past[2], y1)
    store(past[3], y2)


@inlined
def _eight(left, right, out_left, out_right, c, past):
    frames = left.shape[0]
    _edge(left, right, out_left, out_right, 0, c, past)
    if frames >= EIGHT:
        _whole(left[EIGHT - 1 :], right[EIGHT - 1 :], out_left, out_right, c, past)
    _edge(left, right, out_left, out_right, max(frames, EIGHT - 1), c, past)
    for k in range(past.shape[0]):
        for lane in range(past.shape[1]):
            past[k, lane] = settled(past[k, lane])


@kernel
def cascade_stereo(x, y, c, s):
    """Put x, of two channels, through eights of sections."""
    last = c.lanes.shape[0] - 1
    for first in range(0, x.shape[1], PART):
        left, right = x[0, first : first + PART], x[1, first : first + PART]
        out_left, out_right = y[0, first : first + PART], y[1, first : first + PART]
        work_left, work_right = s.scratch[0, : left.shape[0]], s.scratch[1, : left.shape[0]]
        if last == 0:
            _eight(left, right, out_left, out_right, c.lanes[0], s.past[0])
            continue
        _eight(left, right, work_left, work_right, c.lanes[0], s.past[0])
        for k in range(1, last):
            _eight(work_left, work_right, work_left, work_right, c.lanes[k], s.past[k])
        _eight(work_left, work_right, out_left, out_right, c.lanes[last], s.past[last])
