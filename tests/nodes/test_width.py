"""Mid and side."""

import numpy as np
import pytest
from effects import (
    assert_blocks_change_no_bit,
    assert_equals_its_plain_python,
    assert_silence_changes_nothing,
    made,
    noise,
    play,
)
from reference import mixing

from audiograph.errors import NodeError
from audiograph.nodes.width import width

X = noise(2, 5000)


@pytest.mark.parametrize("amount", [0, 0.3, 1, 1.7, 4])
def test_the_side_signal_is_scaled(amount):
    np.testing.assert_allclose(play(width, X, width=amount), mixing.width(X, amount), atol=1e-6)


def test_1_changes_no_bit():
    assert play(width, X).tobytes() == X.tobytes()


def test_0_is_mono():
    y = play(width, X, width=0)
    assert y[0].tobytes() == y[1].tobytes()


def test_a_mono_sound_passes_unchanged():
    x = noise(1, 1000)
    assert play(width, x, width=2).tobytes() == x.tobytes()


def test_a_sound_in_the_middle_stays_as_it_is():
    x = np.tile(noise(1, 1000), (2, 1))
    np.testing.assert_allclose(play(width, x, width=2), x, atol=1e-7)


def test_six_channels_have_no_width():
    with pytest.raises(NodeError, match="not 6 channels"):
        made(width, noise(6, 10))


def test_it_keeps_what_every_effect_promises():
    effect = made(width, X, width=1.5)
    assert_blocks_change_no_bit(effect, X)
    assert_equals_its_plain_python(effect, X[:, :2000])
    assert_silence_changes_nothing(effect, 2)
