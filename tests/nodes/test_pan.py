"""Pan: position between two loudspeakers."""

import numpy as np
import pytest
from effects import (
    RATE,
    in_db,
    made,
    noise,
    play,
    run,
    steady,
)
from reference import mixing

from audiograph.errors import NodeError
from audiograph.nodes.pan import pan

MONO, STEREO = noise(1, 5000), noise(2, 5000, seed=1)
POSITIONS = [-1, -0.7, -0.25, 0, 0.1, 0.5, 1]


@pytest.mark.parametrize("position", POSITIONS)
@pytest.mark.parametrize("x", [MONO, STEREO], ids=["mono", "stereo"])
def test_equal_power_is_that_of_web_audio(x, position):
    np.testing.assert_allclose(play(pan, x, position=position), mixing.pan(x, position), atol=2e-7)


@pytest.mark.parametrize(
    ("law", "middle"),
    [("equal_power", -3.0103), ("linear", -6.0206), ("compromise", -4.51545), ("balance", 0)],
)
def test_the_laws_differ_in_the_middle(law, middle):
    y = play(pan, steady(10, 0), law=law)
    np.testing.assert_allclose(in_db(y), middle, atol=1e-4)


@pytest.mark.parametrize("law", ["equal_power", "linear", "compromise", "balance"])
def test_at_the_edge_a_mono_sound_is_on_one_side_alone(law):
    y = play(pan, MONO, position=1, law=law)
    assert not y[0].any()
    np.testing.assert_allclose(y[1], MONO[0], rtol=2e-7)


@pytest.mark.parametrize("position", POSITIONS)
def test_equal_power_keeps_the_power(position):
    assert (play(pan, steady(1, 0), position=position) ** 2).sum() == pytest.approx(1, rel=1e-6)


@pytest.mark.parametrize("law", ["equal_power", "linear", "compromise", "balance"])
def test_stereo_in_the_middle_is_unchanged(law):
    assert play(pan, STEREO, law=law).tobytes() == STEREO.tobytes()


@pytest.mark.parametrize("law", ["equal_power", "linear", "compromise"])
def test_stereo_at_the_edge_has_both_sides_there(law):
    y = play(pan, STEREO, position=-1, law=law)
    assert not y[1].any()
    np.testing.assert_allclose(y[0], STEREO.sum(axis=0), atol=1e-6)


def test_balance_turns_down_the_other_side_alone():
    y = play(pan, STEREO, position=0.4, law="balance")
    np.testing.assert_allclose(y, STEREO * [[0.6], [1]], atol=1e-7)


def test_a_change_moves_without_a_jump():
    x, state = steady(2000, 0), made(pan, MONO, position=-1).state()
    y = run(made(pan, x, position=1), state, x)
    steps = np.diff(np.column_stack([[1, 0], y]), axis=1)
    assert np.abs(steps).max() < 1.01 / round(0.02 * RATE)
    np.testing.assert_allclose(y[:, -1], [0, 1], atol=1e-6)


def test_six_channels_have_no_place_between_two_loudspeakers():
    with pytest.raises(NodeError, match="not 6 channels"):
        made(pan, noise(6, 10))
