"""Effects without an engine: run in blocks of any sizes, and held to what every effect promises."""

from itertools import chain, cycle
from typing import Any

import numpy as np

from audiograph.node import Effect, NodeType, Setup
from audiograph.sound import Audio, Sound

RATE = 44_100
MIXED = (1, 7, 1, 491, 1811, 2, 3000)
CUTS = ((1,), (7,), (64,), (1000,), (4096,), MIXED)
PASSING = ("clock", "scratch")  # fields that are not what an effect remembers


def made(kind: NodeType, *inputs: Audio, rate: int = RATE, **params: Any) -> Effect:
    """An effect for these inputs; the first stands for ports that are not fed."""
    fed = [*inputs, *inputs[:1] * len(kind.inputs)][: len(kind.inputs)]
    values = {name: kind.params[name].read(value) for name, value in params.items()}
    return kind(Setup(rate, tuple(Sound(rate, x.shape[0], x.shape[1]) for x in fed)), **values)


def run(
    effect: Effect, state: Any, *inputs: Audio, sizes: tuple[int, ...] = (4096,), python: bool = False
) -> Audio:
    """What comes out, in blocks of these sizes over and over; the state goes on."""
    frames, done, out = inputs[0].shape[1], 0, []
    kernel = effect.kernel.function if python else effect.kernel
    for size in chain.from_iterable(cycle([sizes])):
        if done >= frames:
            return np.concatenate(out, axis=1)
        parts = [np.ascontiguousarray(x[:, done : done + size]) for x in inputs]
        y = np.full((effect.channels[0], parts[0].shape[1]), np.nan, np.float32)
        kernel(*parts, y, effect.coefs, state)
        out.append(y)
        done += size
    raise AssertionError


def play(kind: NodeType, *inputs: Audio, **params: Any) -> Audio:
    """What a new effect makes of these inputs; one input is heard at every port."""
    fed = [*inputs, *inputs[:1] * len(kind.inputs)][: len(kind.inputs)]
    effect = made(kind, *fed, **params)
    return run(effect, effect.state(), *fed)


def assert_blocks_change_no_bit(effect: Effect, *inputs: Audio) -> None:
    whole = run(effect, effect.state(), *inputs, sizes=(inputs[0].shape[1],))
    assert np.isfinite(whole).all() and whole.any()
    for sizes in CUTS:
        assert run(effect, effect.state(), *inputs, sizes=sizes).tobytes() == whole.tobytes(), sizes


def assert_equals_its_plain_python(effect: Effect, *inputs: Audio) -> None:
    compiled = run(effect, effect.state(), *inputs, sizes=(700, 1))
    plain = run(effect, effect.state(), *inputs, sizes=(700, 1), python=True)
    np.testing.assert_allclose(compiled, plain, rtol=0, atol=1e-6 * np.abs(plain).max())


def assert_silence_changes_nothing(effect: Effect, *channels: int) -> None:
    state = effect.state()
    out = run(effect, state, *(np.zeros((count, 6000), np.float32) for count in channels), sizes=MIXED)
    assert not out.any()
    for name, now, then in _remembered(state, effect.state()):
        np.testing.assert_array_equal(now, then, err_msg=name)


def assert_forgets(effect: Effect, *inputs: Audio, workplaces: tuple[str, ...] = ()) -> None:
    """After `memory` frames of silence the state is at rest, and what comes out below -200 dB.

    `workplaces` are fields of the state whose ends are scratch.
    """
    assert effect.memory is not None
    state = effect.state()
    loudest = np.abs(run(effect, state, *inputs)).max()
    silence = [np.zeros((x.shape[0], effect.memory), np.float32) for x in inputs]
    run(effect, state, *silence, sizes=(65536,))
    for name, now, then in _remembered(state, effect.state()):
        if name not in workplaces:
            np.testing.assert_allclose(now, then, rtol=0, atol=1e-9 * max(1, loudest), err_msg=name)
    after = run(effect, state, *(part[:, :4096] for part in silence))
    assert np.abs(after).max() <= 1e-10 * loudest
    again, first = run(effect, state, *inputs), run(effect, effect.state(), *inputs)
    np.testing.assert_allclose(again, first, rtol=0, atol=2e-7 * loudest)


def assert_compiles_once(kind: NodeType, **params: Any) -> None:
    for channels in (1, 2, 6):
        play(kind, np.ones((channels, 100), np.float32), **params)
    assert len(made(kind, np.ones((1, 1), np.float32), **params).kernel.compiled.signatures) == 1


def _remembered(state: Any, fresh: Any) -> list[tuple[str, Any, Any]]:
    return [
        (name, getattr(state, name), getattr(fresh, name)) for name in state._fields if name not in PASSING
    ]


def noise(channels: int, frames: int, level: float = 0.5, seed: int = 0) -> Audio:
    return (np.random.default_rng(seed).uniform(-1, 1, (channels, frames)) * level).astype(np.float32)


def swelling(channels: int, frames: int, level: float = 0.8, seed: int = 0) -> Audio:
    """Noise that comes and goes, so that dynamics have something to do."""
    return noise(channels, frames, level, seed) * (np.sin(np.arange(frames) / 1500) ** 4).astype(np.float32)


def tone(frames: int, freq: float = 1000, level: float = 0.0, channels: int = 1, rate: int = RATE) -> Audio:
    """A sine; `level` in dB is that of its peaks."""
    wave = 10 ** (level / 20) * np.sin(2 * np.pi * freq / rate * np.arange(frames))
    return np.tile(wave, (channels, 1)).astype(np.float32)


def steady(frames: int, level: float, channels: int = 1) -> Audio:
    """A constant, so peak and mean power are the same; `level` in dB."""
    return np.full((channels, frames), 10 ** (level / 20), np.float32)


def in_db(x: Any) -> Any:
    return 20 * np.log10(np.maximum(np.abs(np.asarray(x, float)), 1e-30))
