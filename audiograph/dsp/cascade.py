# mypy: allow-untyped-defs, allow-untyped-calls
"""Second-order sections in a row, as an effect: two at a time, for any number of channels.

Direct form I in float64: past a multiply and add by y[n - 1], nothing of a
frame waits for the frame before (4 cycles; transposed form II waits for 8 or
more), and two sections in one loop keep both arithmetic units full meanwhile.
One section alone takes the two channels of a stereo sound in one loop instead.
From the third section on, stereo goes through the lanes of vectors
(cascade_stereo), which is quicker still.
"""

from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from audiograph.dsp import biquad
from audiograph.dsp.cascade_stereo import StereoCascadeCoefs, at_rest_in_stereo, cascade_stereo, stereo_coefs
from audiograph.dsp.denormals import settled
from audiograph.kernel import Kernel, inlined, kernel

PART = 512


class CascadeCoefs(NamedTuple):
    """Sections in pairs."""

    pairs: NDArray[np.float64]  # (pairs, 2, 5) b0 b1 b2 a1 a2


class CascadeState(NamedTuple):
    """What went before."""

    past: NDArray[np.float64]  # (channels, pairs, 6) input, first's output, second's: last and last but one
    scratch: NDArray[np.float64]  # (PART,)


class Cascade(NamedTuple):
    """What an effect needs to filter."""

    kernel: Kernel
    coefs: CascadeCoefs | StereoCascadeCoefs
    state: Callable[[], Any]
    memory: int


def cascade(sections: biquad.Sections, channels: int) -> Cascade:
    """The quickest way to put a sound through `sections`, of shape (any number, 5)."""
    memory = biquad.memory(sections)
    if channels == 2 and len(sections) > 2:
        coefs = stereo_coefs(sections)
        return Cascade(cascade_stereo, coefs, partial(at_rest_in_stereo, coefs), memory)
    pairs = pairs_coefs(sections)
    kernel = section_stereo if channels == 2 and len(sections) == 1 else cascade_pairs
    return Cascade(kernel, pairs, partial(at_rest, pairs, channels), memory)


def pairs_coefs(sections: biquad.Sections) -> CascadeCoefs:
    """Sections two by two; an odd one out is paired with one that changes nothing."""
    table = np.tile([1.0, 0, 0, 0, 0], (max(1, -(-len(sections) // 2)) * 2, 1))
    table[: len(sections)] = sections
    return CascadeCoefs(table.reshape(-1, 2, 5))


def at_rest(coefs: CascadeCoefs, channels: int) -> CascadeState:
    """The state of a cascade that has heard nothing."""
    return CascadeState(np.zeros((channels, len(coefs.pairs), 6)), np.zeros(PART))


@inlined
def _pair(source, out, pair, past):
    b0, b1, b2, a1, a2 = pair[0, 0], pair[0, 1], pair[0, 2], pair[0, 3], pair[0, 4]
    d0, d1, d2, c1, c2 = pair[1, 0], pair[1, 1], pair[1, 2], pair[1, 3], pair[1, 4]
    x1, x2, y1, y2, z1, z2 = past[0], past[1], past[2], past[3], past[4], past[5]
    for n in range(out.shape[0]):
        x = np.float64(source[n])
        y = (b0 * x + b1 * x1 + b2 * x2 - a2 * y2) - a1 * y1
        z = (d0 * y + d1 * y1 + d2 * y2 - c2 * z2) - c1 * z1
        x1, x2, y1, y2, z1, z2 = x, x1, y, y1, z, z1
        out[n] = z
    past[0], past[1] = settled(x1), settled(x2)
    past[2], past[3] = settled(y1), settled(y2)
    past[4], past[5] = settled(z1), settled(z2)


@kernel
def cascade_pairs(x, y, c, s):
    """Put x through pairs of sections."""
    last = c.pairs.shape[0] - 1
    for ch in range(x.shape[0]):
        past = s.past[ch]
        for first in range(0, x.shape[1], PART):
            source, out = x[ch, first : first + PART], y[ch, first : first + PART]
            work = s.scratch[: out.shape[0]]
            if last == 0:
                _pair(source, out, c.pairs[0], past[0])
                continue
            _pair(source, work, c.pairs[0], past[0])
            for k in range(1, last):
                _pair(work, work, c.pairs[k], past[k])
            _pair(work, out, c.pairs[last], past[last])


@kernel
def section_stereo(x, y, c, s):
    """Put x, of two channels, through the first section of the first pair, and no other."""
    section, left, right = c.pairs[0, 0], s.past[0, 0], s.past[1, 0]
    b0, b1, b2, a1, a2 = section[0], section[1], section[2], section[3], section[4]
    l1, l2, p1, p2 = left[0], left[1], left[2], left[3]
    r1, r2, q1, q2 = right[0], right[1], right[2], right[3]
    a, b, out_a, out_b = x[0], x[1], y[0], y[1]
    for n in range(a.shape[0]):
        u, v = np.float64(a[n]), np.float64(b[n])
        p = (b0 * u + b1 * l1 + b2 * l2 - a2 * p2) - a1 * p1
        q = (b0 * v + b1 * r1 + b2 * r2 - a2 * q2) - a1 * q1
        l1, l2, p1, p2, r1, r2, q1, q2 = u, l1, p, p1, v, r1, q, q1
        out_a[n], out_b[n] = p, q
    left[0], left[1], left[2], left[3] = settled(l1), settled(l2), settled(p1), settled(p2)
    right[0], right[1], right[2], right[3] = settled(r1), settled(r2), settled(q1), settled(q2)
