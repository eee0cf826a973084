"""Curves of fades against their formulas."""

import numpy as np
import pytest
from reference import mixing

from audiograph.dsp.curves import NAMES, fall, height, rise, table

PARTS = np.linspace(0, 1, 100_001)
UPRIGHT = ("log", "squ", "cbr", "par")


def error(curve: str) -> np.ndarray:
    return np.array([height(table(curve), part) - mixing.CURVES[curve](part) for part in PARTS])


@pytest.mark.parametrize("curve", [name for name in NAMES if name not in UPRIGHT])
def test_tables_follow_the_formulas(curve):
    assert np.abs(error(curve)).max() < {"linear": 1e-12, "equal_power": 3e-7, "sine": 6e-7}.get(curve, 2e-5)


@pytest.mark.parametrize("curve", UPRIGHT)
def test_curves_with_an_upright_end_are_coarser_only_there(curve):
    inner = PARTS < 1 - 1 / 64 if curve == "par" else PARTS > 1 / 64
    assert np.abs(error(curve)[inner]).max() < 2e-4


@pytest.mark.parametrize("curve", NAMES)
def test_numpy_and_kernels_read_a_table_alike(curve):
    want = [height(table(curve), (n + 0.5) / 777) for n in range(200, 500)]
    np.testing.assert_allclose(rise(curve, 777, 200, 500), want, rtol=1e-6)


def test_a_fall_is_a_rise_backwards():
    np.testing.assert_array_equal(fall("sine", 100, 0, 100), rise("sine", 100, 0, 100)[::-1])
    np.testing.assert_array_equal(fall("sine", 100, 30, 60), fall("sine", 100, 0, 100)[30:60])


def test_equal_power_keeps_the_power_of_a_crossfade():
    power = rise("equal_power", 1001, 0, 1001) ** 2 + fall("equal_power", 1001, 0, 1001) ** 2
    np.testing.assert_allclose(power, 1, atol=1e-6)
