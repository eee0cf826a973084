import effects
import numpy as np
import pytest
from reference import dynamics

from audiograph.nodes.gate import gate

RATE = effects.RATE
WAYS = [{"threshold": -40}, {"ratio": 2, "threshold": -20, "range": -60}]


def loss(x, heard):
    return effects.in_db(x[0]) - effects.in_db(heard[0])


@pytest.mark.parametrize("given", WAYS, ids=str)
def test_a_gate_is_its_reference(given):
    x = effects.swelling(2, 14_000)
    expected = dynamics.late(x.astype(float), dynamics.gate(x.astype(float), RATE, **given))
    np.testing.assert_allclose(effects.play(gate, x, **given), expected, rtol=1e-5, atol=1e-9)


def test_it_begins_shut_and_opens_within_its_attack():
    x = effects.alternating(8000, -10)
    down = loss(x, effects.play(gate, x, attack="1 ms"))
    begun = int(np.argmax(down < 23.9))
    assert begun < 10  # the mean power of 10 ms is over -40 dB at once
    assert down[begun + 44] == pytest.approx(24 * np.exp(-1), abs=0.6)
    assert down[-1] < 1e-3


def test_it_stays_open_through_the_hold_and_then_closes_by_its_release():
    x = np.concatenate([effects.alternating(RATE, -38), effects.alternating(RATE, -90)], axis=1)
    down = loss(x, effects.play(gate, x, hold="200 ms", release="50 ms"))
    closing = RATE + int(np.argmax(down[RATE:] > 0.1))
    assert 0.2 < (closing - RATE) / RATE < 0.215  # the mean falls by 8 dB in about 9 ms
    assert down[closing + 2205] == pytest.approx(24 * (1 - np.exp(-1)), abs=0.3)
    assert down[-1] == pytest.approx(24, abs=1e-3)


def test_between_the_two_thresholds_it_stays_as_it_is():
    between, above = effects.alternating(RATE, -43), effects.alternating(RATE, -39)
    shut = loss(between, effects.play(gate, between, threshold=-40))
    assert shut[-1] == pytest.approx(24, abs=1e-3)
    x = np.concatenate([above, between], axis=1)
    assert np.abs(loss(x, effects.play(gate, x, threshold=-40))[RATE // 2 :]).max() < 1e-3


@pytest.mark.parametrize(("level", "ratio", "down"), [(-50, 2, 10), (-44, 3, 8), (-80, 2, 24), (-50, 1, 0)])
def test_below_the_threshold_the_level_falls_by_the_ratio_down_to_the_range(level, ratio, down):
    x = effects.alternating(RATE, level)
    assert loss(x, effects.play(gate, x, ratio=ratio, threshold=-40))[-1] == pytest.approx(down, abs=0.03)


def test_a_key_opens_it():
    x, key = effects.alternating(RATE, -70, 2), effects.alternating(RATE, -20)
    assert loss(x, effects.play(gate, x, key))[-1] == pytest.approx(0, abs=1e-3)
    assert loss(x, effects.play(gate, x))[-1] == pytest.approx(24, abs=1e-3)
