"""Sounds one after another."""

import numpy as np
import pytest
from reference import timeline
from timelines import assert_seeks, heard, made, noise, stream

from audiograph.errors import NodeError
from audiograph.node import Setup
from audiograph.nodes.concat import concat
from audiograph.nodes.place import place
from audiograph.nodes.tone import tone

RATE = 10_000
A, B, C = noise(2, 9000), noise(1, 5000, seed=1), noise(2, 12_345, seed=2)


def joined(*sounds, **params):
    return made(concat, *(stream(x, rate=RATE) for x in sounds), rate=RATE, **params)


def test_sounds_follow_each_other():
    np.testing.assert_array_equal(heard(joined(A, C)), np.concatenate([A, C], axis=1))


def test_mono_becomes_as_wide_as_the_widest():
    np.testing.assert_array_equal(heard(joined(A, B, C)), timeline.joined([A, B, C]))


def test_a_gap_is_known_silence():
    sound = joined(A, B, C, gap=0.7)
    assert sound.spans == ((0, 9000), (16_000, 21_000), (28_000, 40_345))
    np.testing.assert_array_equal(heard(sound), timeline.joined([A, B, C], gap=7000))


@pytest.mark.parametrize("curve", ["equal_power", "linear"])
def test_a_crossfade_overlaps_them(curve):
    sound = joined(A, B, C, crossfade=0.2, curve=curve)
    np.testing.assert_allclose(heard(sound), timeline.joined([A, B, C], overlap=2000, curve=curve), atol=1e-6)


def test_a_crossfade_takes_at_most_half_of_the_shorter_and_that_is_noted():
    notes = []
    setup = Setup(RATE, (stream(A, rate=RATE), stream(B, rate=RATE)), notes.append)
    assert concat(setup, crossfade=3.0).frames == 9000 + 5000 - 2500
    assert notes == ["crossfade: 3 s is more than half of one of the sounds: there it is 250 ms"]
    concat(setup, crossfade=0.25)
    concat(setup, gap=3.0)
    assert len(notes) == 1


def test_a_long_crossfade_is_the_same():
    x, y = noise(1, 90_000), noise(1, 80_000, seed=3)
    sound = joined(x, y, crossfade=4.0)
    np.testing.assert_allclose(heard(sound), timeline.joined([x, y], overlap=40_000), atol=1e-6)
    assert_seeks(sound, (49_999, 50_000, 50_001, 70_000, 89_999, 90_000))


def test_silence_inside_stays_known():
    late = made(place, stream(B, rate=RATE), rate=RATE, at=2.0)
    sound = made(concat, stream(A, rate=RATE), late, late, rate=RATE)
    assert sound.spans == ((0, 9000), (29_000, 34_000), (54_000, 59_000))
    assert_seeks(sound, (0, 8999, 9000, 20_000, 29_000, 34_000, 54_001))


def test_what_comes_first_may_begin_late():
    late = made(place, stream(B, rate=RATE), rate=RATE, at=2.0)
    assert made(concat, late, stream(A, rate=RATE), rate=RATE).start == 20_000


@pytest.mark.parametrize("params", [{}, {"gap": 0.3}, {"crossfade": 0.25}])
def test_every_frame_can_be_had_without_those_before(params):
    sound = joined(A, B, C, **params)
    assert_seeks(sound, (*range(0, sound.frames, 1234), 8999, 9000, 9001, sound.frames - 1))


def test_the_last_may_be_endless():
    endless = made(tone, rate=RATE)
    sound = made(concat, stream(B, rate=RATE), endless, rate=RATE, crossfade=0.1)
    assert sound.frames is None
    np.testing.assert_array_equal(heard(sound, 9000)[:, 5000:], heard(endless, 5000)[:, 1000:])
    with pytest.raises(NodeError, match="only its last"):
        made(concat, endless, stream(B, rate=RATE), rate=RATE)


def test_one_sound_passes():
    np.testing.assert_array_equal(heard(joined(A, crossfade=1)), A)


def test_what_cannot_be_is_refused():
    with pytest.raises(NodeError, match="both a gap and a crossfade"):
        joined(A, C, gap=1, crossfade=1)
    with pytest.raises(NodeError, match="cannot join 2 and 6 channels"):
        joined(A, noise(6, 100))
