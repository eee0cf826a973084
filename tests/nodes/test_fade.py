"""Fade: in at the start, out at the end."""

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

from audiograph.dsp.curves import NAMES
from audiograph.errors import NodeError
from audiograph.node import Setup
from audiograph.nodes.fade import fade
from audiograph.sound import Sound

X = noise(2, 9000)


def seconds(frames: int) -> float:
    return frames / RATE


@pytest.mark.parametrize("curve", ["linear", "equal_power", "sine", "exp", "qsin", "cub"])
def test_fades_are_the_curve_from_start_and_to_end(curve):
    y = play(fade, X, fade_in=seconds(2000), fade_out=seconds(3000), curve=curve)
    np.testing.assert_allclose(y, X * mixing.fade(9000, 2000, 3000, curve), atol=1e-5)


@pytest.mark.parametrize(
    ("rise", "fall", "start", "used"),
    [
        (8000, 7000, 0, (4800, 4200)),
        (5000, 5000, 1000, (4000, 4000)),  # silence that was put before it is no part of the sound
        (36_000, 0, 0, (9000, 0)),
        (0, 9001, 0, (0, 9000)),
        (4500, 4500, 0, (4500, 4500)),
        (9000, 0, 0, (9000, 0)),
    ],
)
def test_fades_longer_than_the_sound_are_shortened_in_proportion(rise, fall, start, used):
    notes: list[str] = []
    setup = Setup(RATE, (Sound(RATE, 2, 9000, start),), notes.append)
    effect = fade(setup, fade_in=seconds(rise), fade_out=seconds(fall))
    y = run(effect, effect.state(), X)
    np.testing.assert_allclose(y, X * mixing.fade(9000, *used, "linear", start), atol=1e-6)
    assert len(notes) == ((rise, fall) != used)


def test_what_is_shortened_is_noted_with_its_lengths():
    notes: list[str] = []
    setup = Setup(RATE, (Sound(RATE, 1, 3 * RATE),), notes.append)
    fade(setup, fade_in=4.0, fade_out=2.0)
    fade(setup, fade_out=10.0)
    assert notes == [
        "fade_in 4 s and fade_out 2 s: longer than the sound, 3 s; shortened to fade_in 2 s and fade_out 1 s",
        "fade_out 10 s: longer than the sound, 3 s; shortened to fade_out 3 s",
    ]
    fade(Setup(RATE, (Sound(RATE, 1, None),), notes.append), fade_in=600.0)
    assert len(notes) == 2


def test_between_the_fades_no_bit_is_changed():
    y = play(fade, X, fade_in=seconds(2000), fade_out=seconds(3000))
    assert y[:, 2000:6000].tobytes() == X[:, 2000:6000].tobytes()
    assert play(fade, X).tobytes() == X.tobytes()


def test_the_fade_in_begins_where_the_sound_does():
    late = Sound(RATE, 2, 9000, 1500)
    effect = fade(Setup(RATE, (late,)), fade_in=seconds(1000))
    y = run(effect, effect.state(), X)
    np.testing.assert_allclose(y, X * mixing.fade(9000, 1000, 0, "linear", 1500), atol=1e-6)


def test_it_can_begin_deep_in_a_sound():
    effect = made(fade, X, fade_in=seconds(2000), fade_out=seconds(3000), curve="sine")
    whole, state = run(effect, effect.state(), X), effect.state()
    state.clock[0] = 1234
    assert run(effect, state, X[:, 1234:]).tobytes() == whole[:, 1234:].tobytes()


def test_a_clock_below_zero_is_before_the_sound():
    effect, x = made(fade, X, fade_in=seconds(100)), steady(50, 0, 2)
    state = effect.state()
    state.clock[0] = -40
    y = run(effect, state, x)
    assert not y[:, :40].any() and 0 < y[0, 40] < 0.01


def test_what_rings_on_after_the_end_stays_silent():
    effect = made(fade, X, fade_out=seconds(100))
    y = run(effect, effect.state(), np.concatenate([X, X], axis=1))
    assert not y[:, 9000:].any()


@pytest.mark.parametrize("curve", NAMES)
def test_every_curve_begins_low_ends_high_and_never_falls(curve):
    y = play(fade, steady(5000, 0), fade_in=seconds(5000), curve=curve)[0]
    assert y[-1] > 0.98
    assert (np.diff(y) >= 0).all()
    assert y[0] < {"log": 0.2, "cbr": 0.05}.get(curve, 0.004)


def test_the_end_of_what_never_ends_cannot_be_faded():
    with pytest.raises(NodeError, match="give it a length"):
        fade(Setup(RATE, (Sound(RATE, 1, None),)), fade_out=1.0)
    fade(Setup(RATE, (Sound(RATE, 1, None),)), fade_in=1.0)
