# mypy: allow-untyped-defs, allow-untyped-calls
"""Second-order sections in series, as an effect, for any number of channels."""

from collections.abc import Callable
from functools import partial
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from audiograph.dsp import biquad
from audiograph.dsp.lanes import FOUR, fours
from audiograph.dsp.wavefront import TURN, filtered
from audiograph.kernel import Kernel, kernel


class CascadeCoefs(NamedTuple):
    """Sections in pairs."""

    pairs: NDArray[np.float64]  # (pairs, 5, FOUR), as in `wavefront`


class CascadeState(NamedTuple):
    """Carried from block to block."""

    past: NDArray[np.float64]  # (twos of channels, pairs, 6, FOUR), as in `wavefront`
    line: NDArray[np.float64]  # (TURN sections, 2)


class Cascade(NamedTuple):
    """The parts of an effect: kernel, coefs, a function that makes the state, and memory in frames."""

    kernel: Kernel
    coefs: CascadeCoefs
    state: Callable[[], CascadeState]
    memory: int


def cascade(sections: biquad.Sections, channels: int) -> Cascade:
    """A cascade of `sections`, of shape (any number, 5), for so many channels."""
    coefs = in_pairs(sections)
    state = partial(at_rest, len(coefs.pairs), channels)
    return Cascade(cascade_kernel, coefs, state, biquad.memory(sections))


def in_pairs(sections: biquad.Sections) -> CascadeCoefs:
    """Sections in pairs; an odd last one is paired with a section that changes nothing."""
    pairs = max(1, -(-len(sections) // 2))
    table = np.tile([1.0, 0, 0, 0, 0], (2 * pairs, 1))
    table[: len(sections)] = sections
    table[:, 3:] *= -1
    lanes = fours(pairs, 5)
    lanes[:] = np.repeat(table, 2, axis=0).reshape(pairs, FOUR, 5).transpose(0, 2, 1)
    return CascadeCoefs(lanes)


def in_a_row(*coefs: CascadeCoefs) -> biquad.Sections:
    """The sections of several cascades in series, without those that change nothing."""
    table = np.concatenate([each.pairs.transpose(0, 2, 1)[:, ::2].reshape(-1, 5) for each in coefs])
    table[:, 3:] *= -1
    return np.array([row for row in table if (row != (1, 0, 0, 0, 0)).any()]).reshape(-1, 5)


def at_rest(pairs: int, channels: int) -> CascadeState:
    """The state of a cascade before the first frame."""
    return CascadeState(fours(-(-channels // 2), pairs, 6), np.zeros((2 * pairs * TURN, 2)))


@kernel
def cascade_kernel(x, y, c, s):
    """Filter x through pairs of sections."""
    filtered(x, y, c.pairs, s.past, s.line)
