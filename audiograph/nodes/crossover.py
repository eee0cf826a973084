# mypy: allow-untyped-defs, allow-untyped-calls
"""Linkwitz-Riley crossover: two bands that sum to a flat response.

Each band is a Butterworth filter of half the order, applied twice. Their sum is
an all-pass: no change in level at any frequency, a phase turn around the split.
With more bands, each must pass through the all-passes of all splits, its own or not:
else bands of different phase cancel each other, by up to 3.6 dB.

Reference: S. Linkwitz, "Active crossover networks for noncoincident drivers",
JAES 24(1), 1976; S. Lipshitz, J. Vanderkooy, "In-phase crossover network
design", JAES 34(11), 1986; Butterworth filters by the bilinear transform.
"""

from functools import partial
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from audiograph.dsp.biquad import linkwitz_riley, memory, note_moved
from audiograph.dsp.cascade import at_rest, in_pairs
from audiograph.dsp.wavefront import filtered
from audiograph.errors import NodeError
from audiograph.kernel import kernel
from audiograph.node import Effect, Setup, effect
from audiograph.units import hz, whole


class CrossoverCoefs(NamedTuple):
    """Pairs of sections of the low band and of the high band, as in a cascade."""

    low: NDArray[np.float64]
    high: NDArray[np.float64]


class CrossoverState(NamedTuple):
    """The state of a cascade for the low band and for the high band."""

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
        1000, 10, 20_000, "where it splits: both bands are at -6 dB here; at most 0.49 of the sample rate"
    ),
    order: int = whole(4, 4, 8, "4 or 8: slopes of 24 or 48 dB an octave"),
) -> Effect:
    """Splits a sound into two bands, below and above a frequency, that sum to a flat response.

    Tune the frequency first: 120 to 200 Hz separates the bass, 2 to 5 kHz the
    sibilants. With `split: {use: crossover, in: music, freq: 200 Hz}` the bands
    are `split.low` and `split.high`: process one of them, then name both in one
    list.

    For three bands, split one side again, and send the other side through a
    crossover of the same `freq` and `order`, with both of its bands in one list:
    so both sides are turned alike, and all sum flat. The recipe `multiband` does
    that. For four, split both sides, each after the crossover of the other.
    """
    if order not in (4, 8):
        raise NodeError(f"order {order}: a crossover is of order 4 or 8, whose bands sum flat")
    note_moved(setup.note, "freq", freq, setup.rate)
    low, high = (linkwitz_riley(mode, setup.rate, freq, order) for mode in ("lowpass", "highpass"))
    coefs = CrossoverCoefs(in_pairs(low).pairs, in_pairs(high).pairs)
    state = partial(_at_rest, order // 4, setup.inputs[0].channels)
    return Effect(_crossover, coefs, state, memory=max(memory(low), memory(high)))
