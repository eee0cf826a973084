"""How many LU one sound is over another, on powers that are given."""

import numpy as np
import pytest

from audiograph.measuring.beside import least_margin, margin
from audiograph.measuring.gating import loudness, power


def steps(*parts):
    """Powers of parts given as (seconds, LUFS)."""
    return np.concatenate([np.full(round(100 * seconds), power(lufs)) for seconds, lufs in parts])


def test_a_margin_is_taken_where_both_sound():
    voice, music = steps((5, -90), (10, -20), (5, -90)), steps((10, -30), (10, -38))
    assert margin(voice, music) == pytest.approx(-20 - loudness((power(-30) + power(-38)) / 2), abs=0.2)
    assert margin(music, voice) == pytest.approx(-margin(voice, music), abs=0.2)


def test_music_in_a_pause_and_before_and_after_counts_for_nothing():
    voice = steps((9, -90), (10, -20), (9, -60), (10, -20), (9, -90))
    for apart in (-50, -30, -10, 0):
        music = steps((8.5, apart), (11, -30), (8, apart), (11, -30), (8.5, apart))
        assert margin(voice, music) == pytest.approx(10, abs=0.2)


def test_two_sounds_30_db_softer_have_the_same_margin():
    voice, music = steps((3, -60), (10, -20), (3, -55), (10, -28)), steps((26, -31))
    assert margin(voice * 1e-3, music * 1e-3) == pytest.approx(margin(voice, music), abs=1e-9)
    assert least_margin(voice * 1e-3, music * 1e-3) == pytest.approx(least_margin(voice, music), abs=1e-9)


def test_the_least_of_3_s_is_that_of_the_loudest_music():
    voice, music = steps((20, -20)), steps((8, -30), (4, -22), (8, -30))
    assert least_margin(voice, music) == pytest.approx(2, abs=1e-6) and margin(voice, music) > 4
    short = steps((8, -30), (1.5, -22), (10.5, -30))
    mean = loudness((power(-22) * 15.5 + power(-30) * 11.5) / 27)  # of 27 blocks in 3 s
    assert least_margin(voice, short) == pytest.approx(-20 - mean, abs=0.15)


def test_pauses_belong_to_no_3_s():
    voice, music = steps(*[(1, -20), (2, -60)] * 5), steps(*[(1, -30), (2, -10)] * 5)
    seen = margin(steps(*[(1, -20), (0.1, -20)] * 5), steps((5.5, -30)))
    assert seen == pytest.approx(10, abs=0.01)
    assert least_margin(voice, music) == pytest.approx(margin(voice, music), abs=1.5)


@pytest.mark.parametrize("seconds", [0.01, 0.1, 0.39, 0.4, 1.234])
def test_the_margin_of_short_sounds_is_that_of_long_ones(seconds):
    for margin_of in (margin, least_margin):
        assert margin_of(steps((seconds, -20)), steps((5, -29))) == pytest.approx(9, abs=1e-6)


def test_a_margin_of_what_never_sounds_at_once_is_none():
    for margin_of in (margin, least_margin):
        assert margin_of(steps((5, -20), (5, -90)), steps((5.4, -90), (5, -20))) is None
        assert margin_of(np.zeros(100), steps((1, -20))) is None
        assert margin_of(np.zeros(0), np.zeros(0)) is None


def test_the_end_of_the_longer_one_counts_nothing_in_a_margin():
    assert margin(steps((5, -20)), steps((50, -26))) == pytest.approx(6)
