"""Silence of a given length."""

import pytest
from timelines import heard, made

from audiograph.errors import NodeError
from audiograph.nodes.silence import silence


def test_it_is_silent_and_known_to_be():
    sound = made(silence, rate=8000, length=1.5, channels=2)
    assert (sound.frames, sound.channels, sound.spans) == (12_000, 2, ())
    assert not heard(sound).any()


def test_it_needs_a_length_of_a_frame():
    with pytest.raises(NodeError, match="shorter than one frame"):
        made(silence, rate=8000, length=1e-5)
