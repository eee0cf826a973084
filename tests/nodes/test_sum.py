"""Sum: several sounds added to one."""

from itertools import pairwise

import numpy as np
import pytest
from effects import RATE, noise
from reference import mixing

from audiograph.errors import NodeError
from audiograph.node import Effect, Setup
from audiograph.nodes.sum import sum
from audiograph.sound import Audio, Sound

A, B, MONO = noise(2, 6000), noise(2, 6000, seed=1), noise(1, 6000, seed=2)


def made(*frames: int | None, channels: tuple[int, ...] = (), rate: int = RATE, **params) -> Effect:
    counts = channels or (1,) * len(frames)
    return sum(Setup(rate, tuple(Sound(rate, c, n) for c, n in zip(counts, frames, strict=True))), **params)


def added(
    effect: Effect, *sounds: Audio, state=None, cuts: tuple[int, ...] = (), python: bool = False
) -> Audio:
    kernel, state = effect.kernel.function if python else effect.kernel, state or effect.state()
    y = np.zeros((effect.channels[0], sounds[0].shape[1]), np.float32)
    for first, last in pairwise((0, *cuts, y.shape[1])):
        part = np.zeros((len(y), last - first), np.float32)
        for x, coefs in zip(sounds, effect.coefs, strict=True):
            kernel(np.ascontiguousarray(x[:, first:last]), part, coefs, state)
        y[:, first:last] = part
    return y


def mixed(*sounds: Audio, levels: tuple[float, ...] = (), **more) -> Audio:
    rows = tuple({"gain": float(level)} for level in levels)
    lengths, channels = zip(*((x.shape[1], x.shape[0]) for x in sounds), strict=True)
    return added(made(*lengths, channels=channels, gains=rows), *sounds, **more)


def test_sounds_are_added_as_they_are():
    np.testing.assert_array_equal(mixed(A, B), A + B)


def test_mono_joins_every_channel_at_unity():
    np.testing.assert_array_equal(mixed(MONO, A), A + MONO)
    np.testing.assert_array_equal(mixed(MONO), MONO)


def test_each_input_has_its_gain():
    y = mixed(A, MONO, B, levels=(0, -6, 3.5))
    np.testing.assert_allclose(y, mixing.sum([A, MONO, B], [0, -6, 3.5]), atol=1e-6)


def test_blocks_change_no_bit():
    levels, whole = (-1, -6, 3.5), mixed(A, MONO, B, levels=(-1, -6, 3.5))
    assert mixed(A, MONO, B, levels=levels, cuts=(1, 2, 700, 701, 4097)).tobytes() == whole.tobytes()


def test_compiled_equals_its_plain_python():
    levels = (-1, -6)
    np.testing.assert_allclose(
        mixed(A, MONO, levels=levels, python=True), mixed(A, MONO, levels=levels), atol=1e-6
    )


def test_a_change_of_one_gain_ramps_and_leaves_the_others():
    before = made(6000, 6000, gains=({"gain": 0.0}, {"gain": 0.0}))
    after = made(6000, 6000, gains=({"gain": 0.0}, {"gain": -20.0}))
    state, x = before.state(), np.ones((1, 6000), np.float32)
    added(before, MONO, x, state=state)
    y = added(after, MONO, x, state=state, cuts=(5, 400))
    ramp = round(0.02 * RATE)
    np.testing.assert_allclose(y - MONO, [mixing.ramp(1, 0.1, ramp, 6000)], atol=1e-6)


def test_silence_changes_nothing():
    effect = made(6000, 6000, channels=(2, 1))
    state, silence = effect.state(), np.zeros((2, 500), np.float32)
    assert not added(effect, silence, silence[:1], state=state).any()
    np.testing.assert_array_equal(state.ramps, effect.state().ramps)
    assert effect.memory == 0


@pytest.mark.parametrize(
    ("length", "frames", "ends"),
    [
        ("longest", (100, 300, None), None),
        ("shortest", (100, 300, None), 100),
        ("shortest", (None, None), None),
        ("first", (200, 300, 100), 200),
        ("first", (None, None), None),
    ],
)
def test_the_length_is_that_of_an_input(length, frames, ends):
    assert made(*frames, length=length).ends == ends


def test_the_length_may_be_a_moment():
    assert made(100, None, length="first", until=0.25, rate=48_000).ends == 12_000


def test_what_cannot_be_is_refused():
    with pytest.raises(NodeError, match="cannot add 2 and 6 channels"):
        made(1, 1, 1, channels=(6, 1, 2))
    with pytest.raises(NodeError, match="2 gains for 3 inputs"):
        made(1, 1, 1, gains=({"gain": 0.0},) * 2)
    with pytest.raises(NodeError, match="first input, which never ends"):
        made(None, 100, length="first")
    with pytest.raises(NodeError, match="ends before it begins"):
        made(100, until=-1.0)
