"""Width: mid and side."""

import numpy as np
import pytest
from effects import (
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
