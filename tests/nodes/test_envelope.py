"""Envelope: level over time."""

import numpy as np
import pytest
from effects import (
    RATE,
    noise,
    run,
)
from reference import mixing

from audiograph.errors import NodeError
from audiograph.node import Effect, Setup
from audiograph.nodes.envelope import envelope
from audiograph.sound import Audio, Sound

X = noise(2, 9000)
POINTS = [(500, 0), (1777, -12.5), (1900, 6), (4000, 6), (8000.4, -60)]


def drawn(points: list[tuple[float, float]], x: Audio = X, curve: str = "db") -> Effect:
    rows = tuple({"at": frame / RATE, "level": float(level)} for frame, level in points)
    effect = envelope(Setup(RATE, (Sound(RATE, *x.shape),)), points=rows, curve=curve)
    return effect._replace(channels=(len(x),))


@pytest.mark.parametrize("curve", ["db", "amplitude"])
def test_levels_lie_on_straight_lines_between_points(curve):
    effect = drawn(POINTS, curve=curve)
    y = run(effect, effect.state(), X)
    np.testing.assert_allclose(y, X * mixing.envelope(9000, POINTS, curve == "db"), rtol=3e-6, atol=1e-9)


def test_a_single_point_is_a_gain():
    effect = drawn([(700, -20)])
    np.testing.assert_allclose(run(effect, effect.state(), X), X * 0.1, rtol=1e-6)


def test_0_db_changes_no_bit():
    effect = drawn([(100, 0), (5000, 0)])
    assert run(effect, effect.state(), X).tobytes() == X.tobytes()


def test_points_may_lie_before_the_mix_and_after_it():
    points = [(-2000, 0), (20_000, -22)]
    effect = drawn(points)
    y = run(effect, effect.state(), X)
    np.testing.assert_allclose(y, X * mixing.envelope(9000, points, True), rtol=3e-6)


def test_it_can_begin_deep_in_a_sound():
    effect = drawn(POINTS)
    whole, state = run(effect, effect.state(), X), effect.state()
    state.clock[0] = 3210
    assert run(effect, state, X[:, 3210:]).tobytes() == whole[:, 3210:].tobytes()


def test_a_thousand_points_less_than_a_frame_apart_are_followed():
    points = [(n * 0.7, -n % 40) for n in range(1000)]
    effect = drawn(points)
    y = run(effect, effect.state(), X)
    np.testing.assert_allclose(y, X * mixing.envelope(9000, points, True), rtol=3e-6)


@pytest.mark.parametrize(
    ("seconds", "says"),
    [
        ([2.5, 4, 3.25], "point 3, at 3.25 s, is not after point 2, at 4 s$"),
        ([-1, -1.5, 9], "point 2, at -1.5 s, is not after point 1, at -1 s$"),
        ([0, 1, 2, 2, 1], "point 4, at 2 s, is not after point 3, at 2 s; for a jump, put it 1 ms later"),
    ],
)
def test_points_out_of_order_are_refused_with_their_times(seconds, says):
    with pytest.raises(NodeError, match=f"has points out of order of time: {says}"):
        drawn([(at * RATE, 0) for at in seconds])


def test_it_needs_a_point():
    with pytest.raises(NodeError, match="has no points"):
        drawn([])
