# mypy: allow-untyped-defs, allow-untyped-calls
"""Linkwitz-Riley crossover: two sides that sum flat.

Each side is a Butterworth filter of half the order, twice. Their sum is an
all-pass: every frequency as loud as before, the phase turned around the split.

Reference: S. Linkwitz, "Active crossover networks for noncoincident drivers",
JAES 24(1), 1976; S. Lipshitz, J. Vanderkooy, "In-phase crossover network
design", JAES 34(11), 1986; Butterworth filters by the bilinear transform.
"""

from functools import partial
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from audiograph.dsp.biquad import linkwitz_riley, memory
from audiograph.dsp.cascade import at_rest, in_pairs
from audiograph.dsp.wavefront import filtered
from audiograph.errors import NodeError
from audiograph.kernel import kernel
from audiograph.node import Effect, Setup, effect
from audiograph.units import hz, whole


class CrossoverCoefs(NamedTuple):
    """Pairs of sections, as of a cascade, of the low side and of the high."""

    low: NDArray[np.float64]
    high: NDArray[np.float64]


class CrossoverState(NamedTuple):
    """What a cascade keeps, of the low side and of the high."""

    low: NDArray[np.float64]
    high: NDArray[np.float64]
    line: NDArray[np.float64]


def _at_rest(pairs: int, channels: int) -> CrossoverState:
    low, high = at_rest(pairs, channels), at_rest(pairs, channels)
    return CrossoverState(low.past, high.past, low.line)


@kernel
def _crossover(x, low, high, c, s):
    filtered(x, low, c.low, s.low, s.line)
    filtered(x, high, c.high, s.high, s.line)


@effect(outputs=("low", "high"))
def crossover(
    setup: Setup,
    freq: float = hz(
        1000, 10, 20_000, "where it splits, both sides at -6 dB; at most 0.49 of the sample rate"
    ),
    order: int = whole(4, 4, 8, "steepness, 6 dB an octave each: 4 or 8"),
) -> Effect:
    """Splits a sound in two, below and above a frequency; together they are as loud everywhere as before.

    Tune the frequency first: 120 to 200 Hz takes the bass, 2 to 5 kHz the
    sibilants. With `split: {use: crossover, in: music, freq: 200 Hz}` the sides
    are `split.low` and `split.high`: work on one of them, then name both in one
    list. For three bands, split a side again.
    """
    if order not in (4, 8):
        raise NodeError(f"order {order}: a crossover is of order 4 or 8, where both sides sum flat")
    low, high = (linkwitz_riley(mode, setup.rate, freq, order) for mode in ("lowpass", "highpass"))
    coefs = CrossoverCoefs(in_pairs(low).pairs, in_pairs(high).pairs)
    state = partial(_at_rest, order // 4, setup.inputs[0].channels)
    return Effect(_crossover, coefs, state, memory=max(memory(low), memory(high)))
