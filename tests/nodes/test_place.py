"""Place: sounds at a time of the mix."""

import numpy as np
import pytest
from timelines import assert_seeks, heard, made, noise, stream

from audiograph.errors import NodeError
from audiograph.nodes.place import place
from audiograph.nodes.tone import tone

X = noise(2, 6000)
RATE = 10_000


def test_it_comes_at_its_moment():
    placed = made(place, stream(X, rate=RATE), rate=RATE, at=1.5)
    assert (placed.frames, placed.start, placed.spans) == (21_000, 15_000, ((15_000, 21_000),))
    np.testing.assert_array_equal(heard(placed), np.pad(X, ((0, 0), (15_000, 0))))


def test_twice_is_once_by_both():
    once = made(place, stream(X, rate=RATE), rate=RATE, at=1.5)
    twice = made(place, once, rate=RATE, at=0.25)
    np.testing.assert_array_equal(heard(twice), np.pad(X, ((0, 0), (17_500, 0))))


def test_every_frame_can_be_had_without_those_before():
    placed = made(place, stream(X, rate=RATE), rate=RATE, at=1.5)
    assert_seeks(placed, (0, 1, 14_999, 15_000, 15_001, 17_777, 20_999))


def test_the_silence_before_is_not_read():
    placed = made(place, stream(X, rate=RATE), rate=RATE, at=3600.0)
    assert next(placed.chunks(0))[0, 0] == X[0, 0]


def test_what_never_ends_may_come_later():
    sound = made(tone, rate=RATE)
    placed = made(place, sound, rate=RATE, at=0.5)
    assert placed.frames is None
    np.testing.assert_array_equal(heard(placed, 9000)[:, 5000:], heard(sound, 4000))


def test_nothing_comes_before_the_mix():
    with pytest.raises(NodeError, match=r"0.25 s before the mix"):
        made(place, stream(X), at=-0.25)
