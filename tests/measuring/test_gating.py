"""Loudness from powers, against gates and windows written out."""

from math import inf, isclose

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from audiograph.measuring import gating
from audiograph.measuring.gating import integrated, loudness, loudness_range, power


def steps(*parts):
    """Powers of parts given as (seconds, LUFS)."""
    return np.concatenate([np.full(round(100 * seconds), power(lufs)) for seconds, lufs in parts])


def twin(powers):
    """The standard, word for word."""
    blocks = [powers[first : first + 40].mean() for first in range(0, len(powers) - 39, 10)]
    above = [z for z in blocks if -0.691 + 10 * np.log10(z) > -70]
    if not above:
        return -inf
    gate = -0.691 + 10 * np.log10(np.mean(above)) - 10
    return -0.691 + 10 * np.log10(np.mean([z for z in above if -0.691 + 10 * np.log10(z) > gate]))


@given(st.lists(st.floats(-80, 0), max_size=300))
def test_integrated_loudness_is_that_of_the_standard(lufs):
    powers = np.array([power(value) for value in lufs])
    assert integrated(powers) == pytest.approx(twin(powers), abs=1e-9)


@given(st.integers(0, 500), st.integers(1, 400))
def test_windows_are_means_of_steps_in_a_row(count, window):
    powers = np.random.default_rng(count).random(count)
    expected = [powers[n : n + window].mean() for n in range(count - window + 1)]
    assert np.allclose(gating.windows(powers, window), expected, rtol=1e-12)


def test_the_loudest_window_is_found_in_whatever_part_it_lies(monkeypatch):
    powers = np.random.default_rng(0).random(1000)
    whole = gating.highest(powers, 300)
    monkeypatch.setattr(gating, "AT_ONCE", 7)
    assert gating.highest(powers, 300) == whole == loudness(gating.windows(powers, 300).max())


def test_power_and_loudness_undo_each_other():
    assert loudness(power(-23.0)) == pytest.approx(-23) and loudness(0.0) == -inf


def test_silence_and_what_is_too_short_have_no_loudness():
    for powers in (np.zeros(0), np.zeros(1000), steps((0.39, -20))):
        assert integrated(powers) == -inf and loudness_range(powers) is None
    assert integrated(steps((0.4, -20))) == pytest.approx(-20)
    assert gating.highest(steps((0.39, -20)), gating.BLOCK) == -inf


def test_silence_between_changes_no_loudness():
    assert integrated(steps((10, -20), (30, -90), (10, -20))) == pytest.approx(-20, abs=0.1)


def test_range_is_what_lies_between_the_quiet_and_the_loud():
    assert loudness_range(steps((20, -20), (20, -30))) == pytest.approx(10, abs=0.01)


def test_what_is_20_lu_under_the_rest_is_no_part_of_the_range():
    assert loudness_range(steps((200, -20), (20, -45))) == pytest.approx(0, abs=0.01)


def test_momentary_and_short_term_are_told_every_10_ms():
    powers = steps((2, -30), (3, -20))
    assert len(gating.momentary(powers)) == 461 and len(gating.short_term(powers)) == 201
    assert isclose(gating.momentary(powers)[-1], -20) and isclose(gating.short_term(powers)[-1], -20)
    assert gating.momentary(np.zeros(40))[0] == -inf
