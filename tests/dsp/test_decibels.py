import numpy as np
import pytest

from audiograph.dsp import decibels
from audiograph.kernel import kernel


@kernel
def _both(x, y, z):
    for n in range(x.shape[0]):
        y[n] = decibels_log2(x[n])
        z[n] = decibels_exp2(y[n])


decibels_log2, decibels_exp2 = decibels.log2, decibels.exp2


def test_log2_and_exp2_are_right_to_a_few_millionths_of_a_decibel():
    x = np.exp2(np.random.default_rng(0).uniform(-100, 100, 100_000)).astype(np.float32)
    y, z = np.empty_like(x), np.empty_like(x)
    _both(x, y, z)
    assert np.abs(y - np.log2(x.astype(float))).max() < 5e-6
    assert np.abs(z / np.exp2(y.astype(float)) - 1).max() < 3e-7


def test_both_are_exact_at_unity():
    assert decibels.log2(np.float32(1)) == 0
    assert decibels.exp2(np.float32(0)) == 1


@pytest.mark.parametrize(("level", "factor"), [(0, 1), (20, 10), (-6.020599913279624, 0.5)])
def test_a_factor_is_twenty_times_its_logarithm(level, factor):
    assert decibels.amplitude(level) == pytest.approx(factor, rel=1e-15)
