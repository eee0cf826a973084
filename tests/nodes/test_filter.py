import effects
import numpy as np
import pytest

from audiograph.errors import NodeError
from audiograph.nodes.filter import filter

SILENT = np.zeros((1, 8), np.float32)


@pytest.mark.parametrize("order", range(1, 9))
def test_a_tone_two_octaves_up_falls_by_twelve_decibels_an_order(order):
    heard = effects.play(filter, effects.tone(20_000, 1600, channels=2), order=order, freq=400)
    level = effects.in_db(np.sqrt(2 * np.mean(heard[0, 10_000:].astype(float) ** 2)))
    ratio = np.tan(np.pi * 1600 / effects.RATE) / np.tan(np.pi * 400 / effects.RATE)
    assert level == pytest.approx(-10 * np.log10(1 + ratio ** (2 * order)), abs=0.02)
    assert level == pytest.approx(-12.04 * order, abs=0.4)


@pytest.mark.parametrize("order", [None, 4, 8])
def test_a_sound_split_by_linkwitz_riley_sums_to_its_own_spectrum(order):
    click = np.zeros((2, 16_384), np.float32)
    click[:, 0] = 1
    given = {"family": "linkwitz_riley", "freq": 2000} | ({"order": order} if order else {})
    both = [effects.play(filter, click, mode=mode, **given) for mode in ("lowpass", "highpass")]
    spectrum = np.abs(np.fft.rfft(sum(both).astype(float)))
    np.testing.assert_allclose(spectrum, 1, rtol=0, atol=1e-5)


@pytest.mark.parametrize("order", [1, 2, 3, 5, 6, 7])
def test_orders_that_would_not_sum_flat_are_refused(order):
    with pytest.raises(NodeError, match=f"order {order}: linkwitz_riley filters are of order 4 or 8"):
        effects.made(filter, SILENT, family="linkwitz_riley", order=order)
