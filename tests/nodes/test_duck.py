import effects
import numpy as np
import pytest
from reference import dynamics

from audiograph.nodes.duck import duck

RATE = effects.RATE


def words(frames, *spans, channels=1):
    """Noise at -20 dB in each of the spans, as if somebody spoke."""
    key = np.zeros((channels, frames), np.float32)
    for first, last in spans:
        key[:, first:last] = effects.noise(channels, last - first, 0.173, seed=first)
    return key


def gains(key, early=True, **given):
    """The gain of ducking in dB, aligned with the key."""
    x = effects.steady(key.shape[1], 0, 2)
    made = effects.made(duck, x, key, **given)
    heard = effects.in_db(effects.run(made, made.state(), x, key)[1])
    return heard[made.latency :]


def test_ducking_is_its_reference():
    x, key = effects.noise(2, 12_000), effects.swelling(1, 12_000)
    given = {"attack": 0.01, "hold": 0.02, "release": 0.03, "lookahead": 0.005, "threshold": -10.0}
    expected = dynamics.late(
        x.astype(float), dynamics.duck(key.astype(float), RATE, **given), round(0.005 * RATE)
    )
    np.testing.assert_allclose(effects.play(duck, x, key, **given), expected, rtol=1e-5, atol=1e-9)


def test_the_first_word_finds_the_full_depth():
    level = gains(words(3 * RATE, (RATE, 2 * RATE)))
    assert np.abs(level[RATE + 4 : 2 * RATE] + 12).max() < 0.01
    assert level[RATE - 6615 - 2] == 0  # and the music is untouched until the attack begins
    assert (np.diff(level[RATE - 6615 : RATE]) <= 1e-5).all()


def test_without_lookahead_the_depth_is_reached_after_the_attack():
    level = gains(words(2 * RATE, (RATE // 2, RATE)), lookahead=0, attack="100 ms")
    assert level[RATE // 2 - 1] == 0
    assert level[RATE // 2 + 2205] == pytest.approx(-6, abs=0.05)  # half of the way, half of the time
    assert level[RATE // 2 + 4414] == pytest.approx(-12, abs=1e-3)


def test_gaps_shorter_than_the_hold_are_bridged_without_pumping():
    said = [(RATE, 2 * RATE), (2 * RATE + 17_000, 3 * RATE), (3 * RATE + 21_000, 4 * RATE)]
    level = gains(words(6 * RATE, *said))
    assert np.abs(level[RATE + 4 : 4 * RATE] + 12).max() < 0.01


def test_after_the_last_word_it_stays_for_the_hold_and_is_back_after_the_release():
    level = gains(words(5 * RATE, (RATE, 2 * RATE)), hold="500 ms", release="900 ms")
    assert level[2 * RATE + RATE // 2 - 1] == pytest.approx(-12, abs=1e-4)
    back = 2 * RATE + int(np.argmax(level[2 * RATE :] == 0))
    late = back / RATE - (2 + 0.5 + 0.9)
    assert 0 <= late < 0.03  # the mean power of 10 ms falls by 20 dB in 23 ms


def test_the_depth_is_the_same_for_loud_and_soft_words():
    key = words(2 * RATE, (0, 2 * RATE))
    for louder in (0.2, 1, 5):
        np.testing.assert_allclose(gains(key * np.float32(louder))[RATE:], -12, atol=1e-4)


def test_a_key_below_the_threshold_changes_no_bit():
    x = effects.noise(2, 5000)
    np.testing.assert_array_equal(effects.play(duck, x, effects.noise(1, 5000, 0.01), lookahead=0), x)


def test_lookahead_left_out_is_the_attack_and_is_latency():
    x = effects.noise(2, 100)
    assert effects.made(duck, x, attack="100 ms").latency == 4410
    assert effects.made(duck, x, attack="100 ms", lookahead="20 ms").latency == 882
