"""Curves of fades against their formulas."""

import numpy as np
import pytest
from reference import mixing

from audiograph.dsp.curves import NAMES, along, fall, rise, table

FRAMES = 100_000
PARTS = (np.arange(FRAMES) + 0.5) / FRAMES
UPRIGHT = ("log", "squ", "cbr", "par")


def heights(curve: str, length: int, first: int, last: int) -> np.ndarray:
    out = np.empty(last - first)
    along(table(curve), first, length, -1.0, 2.0, out)
    return out


def error(curve: str) -> np.ndarray:
    return heights(curve, FRAMES, 0, FRAMES) - np.array([mixing.CURVES[curve](part) for part in PARTS])


@pytest.mark.parametrize("curve", [name for name in NAMES if name not in UPRIGHT])
def test_tables_follow_the_formulas(curve):
    assert np.abs(error(curve)).max() < {"linear": 1e-7, "equal_power": 4e-7, "sine": 7e-7}.get(curve, 2e-5)


@pytest.mark.parametrize("curve", UPRIGHT)
def test_curves_with_an_upright_end_are_coarser_only_there(curve):
    inner = PARTS < 1 - 1 / 64 if curve == "par" else PARTS > 1 / 64
    assert np.abs(error(curve)[inner]).max() < 2e-4


@pytest.mark.parametrize("curve", NAMES)
def test_numpy_and_kernels_read_a_table_alike(curve):
    for length in (777, 50_001):
        np.testing.assert_allclose(rise(curve, length, 200, 500), heights(curve, length, 200, 500), rtol=1e-6)


def test_heights_follow_from_the_frame_alone_and_are_as_told_outside():
    for length in (1, 5, 1024, 1500, 88_200):
        whole = heights("sine", length, -3, length + 4)
        assert (whole[:3] == -1).all() and (whole[-4:] == 2).all()
        cuts = np.concatenate([heights("sine", length, n, n + 1) for n in range(-3, min(length, 3000))])
        np.testing.assert_array_equal(cuts, whole[: len(cuts)])


def test_a_fall_is_a_rise_backwards():
    np.testing.assert_array_equal(fall("sine", 100, 0, 100), rise("sine", 100, 0, 100)[::-1])
    np.testing.assert_array_equal(fall("sine", 100, 30, 60), fall("sine", 100, 0, 100)[30:60])


def test_equal_power_keeps_the_power_of_a_crossfade():
    power = rise("equal_power", 1001, 0, 1001) ** 2 + fall("equal_power", 1001, 0, 1001) ** 2
    np.testing.assert_allclose(power, 1, atol=1e-6)
