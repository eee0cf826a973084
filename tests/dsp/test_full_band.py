"""The long filters of true peak: their response, and their sums of products."""

import numpy as np
import pytest
from reference.interpolation import four_times
from scipy.optimize import linprog

from audiograph.dsp.full_band import (
    AFTER,
    BEFORE,
    EXTRA_HALVES,
    HALF,
    PAST,
    QUARTER,
    full_peaks,
    interpolator,
)
from audiograph.kernel import kernel


@kernel
def peaks_of(x, half, peak):
    full_peaks(x, half, peak)


@pytest.mark.parametrize("fraction", [0.25, 0.5, 0.75])
def test_it_is_flat_and_in_place_up_to_nearly_half_the_rate(fraction):
    cycles = np.linspace(0, 0.475, 500)
    found = np.exp(2j * np.pi * np.outer(cycles, np.arange(-BEFORE, AFTER + 1))) @ interpolator(fraction)
    assert np.abs(20 * np.log10(np.abs(found))).max() < 0.03
    assert np.abs(found - np.exp(2j * np.pi * cycles * fraction)).max() < 0.005


def test_it_gives_the_highest_of_the_sample_and_of_three_values_after_it():
    x = np.random.default_rng(1).standard_normal(PAST + 700).astype(np.float32)
    wanted = np.abs(four_times(x[None], long=True)).max(axis=(0, 1))[BEFORE : BEFORE + 700]
    for run in (peaks_of, peaks_of.function):
        peak = np.zeros(700, np.float32)
        run(x, np.zeros(700 + EXTRA_HALVES, np.float32), peak)
        assert np.abs(peak - wanted).max() < 4e-6


def test_no_filters_of_their_lengths_err_less():
    for taps, edge in ((HALF, 0.475), (QUARTER, 0.475 / 2)):
        cycles = np.linspace(0, edge, 300)[:, None]
        matrix = 2 * np.cos(2 * np.pi * cycles * (np.arange(1, len(taps) + 1) - 0.5))
        ones = np.ones((300, 1))
        sides = np.block([[matrix, -ones], [-matrix, -ones]]), np.repeat([1.0, -1.0], 300)
        steady = [[2.0] * len(taps) + [0.0]], [1.0]
        least = linprog(np.eye(len(taps) + 1)[-1], *sides, *steady, [(None, None)] * len(taps) + [(0, None)])
        assert np.abs(matrix @ taps - 1).max() < 1.02 * least.fun
