"""Trim: parts of sounds."""

import numpy as np
import pytest
from timelines import assert_seeks, heard, made, noise, stream

from audiograph.errors import NodeError
from audiograph.node import Setup
from audiograph.nodes.tone import tone
from audiograph.nodes.trim import trim

X = noise(2, 30_000)
RATE = 10_000


def trimmed(sound=None, **params):
    return made(trim, sound or stream(X, rate=RATE), rate=RATE, **params)


def test_it_keeps_a_part():
    np.testing.assert_array_equal(heard(trimmed(start=0.5, end=2.25)), X[:, 5000:22_500])


def test_without_an_end_it_keeps_the_rest():
    np.testing.assert_array_equal(heard(trimmed(start=1.0)), X[:, 10_000:])


def test_an_end_beyond_the_sound_is_its_end_and_noted():
    notes = []
    setup = Setup(RATE, (stream(X, rate=RATE),), notes.append)
    assert trim(setup, end=9.0).frames == trim(setup, end=3.0).frames == 30_000
    trim(Setup(RATE, (made(tone, rate=RATE),), notes.append), end=1e6)
    assert notes == ["end: 9 s is beyond the end of the sound, at 3 s"]


def test_what_never_ends_gets_an_end():
    sound = made(tone, rate=RATE)
    assert made(trim, sound, rate=RATE, start=1.0).frames is None
    part = made(trim, sound, rate=RATE, start=1.0, end=2.0)
    np.testing.assert_array_equal(heard(part), heard(sound, 20_000)[:, 10_000:])


def test_silence_is_cut_too():
    x = X.copy()
    x[:, :4000] = x[:, 15_000:25_000] = 0
    sound = stream(x, 4000, ((4000, 15_000), (25_000, 30_000)), RATE)
    part = trimmed(sound, start=0.2, end=2.8)
    assert part.start == 2000
    assert part.spans == ((2000, 13_000), (23_000, 26_000))
    np.testing.assert_array_equal(heard(part), x[:, 2000:28_000])
    assert_seeks(part, (0, 1, 2000, 12_999, 13_000, 18_000, 23_001, 25_999))


def test_every_frame_can_be_had_without_those_before():
    assert_seeks(trimmed(start=0.5, end=2.25), (0, 1, 1777, 9999, 17_499))


@pytest.mark.parametrize(
    ("params", "says"),
    [
        ({"start": -0.5}, "begins 0.5 s before"),
        ({"start": 1.0, "end": 1.0}, "keeps nothing: the part from 1 s to 1 s"),
        ({"start": 4.0, "end": 9.0}, "keeps nothing: the part from 4 s to 3 s ends before it begins"),
    ],
)
def test_what_keeps_nothing_is_refused(params, says):
    with pytest.raises(NodeError, match=says):
        trimmed(**params)
