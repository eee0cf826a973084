"""Gain, and its changes during playback."""

import numpy as np
import pytest
from effects import (
    RATE,
    made,
    noise,
    play,
    run,
    steady,
)
from reference import mixing

from audiograph.nodes.gain import gain

X = noise(2, 9000)
RAMP = round(0.02 * RATE)


@pytest.mark.parametrize("level", [-120, -6, 0, 17.3, 60])
def test_a_gain_is_a_factor(level):
    np.testing.assert_allclose(play(gain, X, level=level), X * mixing.factor(level), rtol=2e-7)


def test_nothing_is_changed_at_0_db():
    assert play(gain, X).tobytes() == X.tobytes()


@pytest.mark.parametrize("channels", [1, 2, 6])
def test_every_channel_gets_the_same_gain(channels):
    x = np.tile(noise(1, 500), (channels, 1))
    y = play(gain, x, level=-3)
    assert y.shape == x.shape and (y == y[0]).all() and y.any()


def changed(sizes=(4096,), at=1000):
    """0 dB to -20 dB after some frames, with the state carried on."""
    before, after = made(gain, X), made(gain, X, level=-20)
    state = before.state()
    early = run(before, state, X[:, :at])
    return np.concatenate([early, run(after, state, X[:, at:], sizes=sizes)], axis=1)


def test_a_change_is_a_straight_ramp_of_20_ms():
    factors = np.concatenate([np.ones(1000), mixing.ramp(1, 0.1, RAMP, 8000)])
    np.testing.assert_allclose(changed(), X * factors, atol=1e-7)


@pytest.mark.parametrize("sizes", [(1,), (7, 300), (881,), (883,)])
def test_a_ramp_does_not_depend_on_blocks(sizes):
    assert changed(sizes).tobytes() == changed().tobytes()


def test_a_change_during_a_change_goes_on_from_where_it_is():
    x, state = steady(3000, 0), made(gain, X).state()
    first = run(made(gain, x, level=-120), state, x[:, : RAMP // 2])
    second = run(made(gain, x, level=20), state, x)
    assert abs(first[0, -1] - 0.5) < 1e-3
    assert abs(second[0, 0] - first[0, -1] - 9.5 / RAMP) < 1e-4
    np.testing.assert_allclose(second[0, RAMP:], 10, rtol=1e-6)


def test_it_begins_at_its_level():
    np.testing.assert_allclose(play(gain, steady(10, 0), level=-20), 0.1, rtol=1e-6)
