"""Effects without an engine, and sounds to give them. Promises of every effect: see `audiograph.testing`."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from audiograph.node import Effect, NodeType, Setup
from audiograph.sound import Audio, Sound
from audiograph.testing import trial

RATE = 44_100


def made(kind: NodeType, *inputs: Audio, rate: int = RATE, **params: Any) -> Effect:
    """An effect for these inputs; the first stands in for ports that are not fed."""
    fed = [*inputs, *inputs[:1] * len(kind.inputs)][: len(kind.inputs)]
    values = {name: kind.params[name].read(value) for name, value in params.items()}
    return kind(Setup(rate, tuple(Sound(rate, x.shape[0], x.shape[1]) for x in fed)), **values)


def run(
    effect: Effect, state: Any, *inputs: Audio, sizes: Sequence[int] = (4096,), python: bool = False
) -> Audio:
    """The output, in blocks of these sizes over and over; the state is carried on."""
    return trial.run(effect, inputs, sizes, state, python=python)


def play(kind: NodeType, *inputs: Audio, **params: Any) -> Audio:
    """The output of a new effect, its latency included; the first input feeds the ports that are left."""
    fed = [*inputs, *inputs[:1] * len(kind.inputs)][: len(kind.inputs)]
    effect = made(kind, *fed, **params)
    return run(effect, effect.state(), *fed)


def noise(channels: int, frames: int, level: float = 0.5, seed: int = 0) -> Audio:
    return (np.random.default_rng(seed).uniform(-1, 1, (channels, frames)) * level).astype(np.float32)


def swelling(channels: int, frames: int, level: float = 0.8, seed: int = 0) -> Audio:
    """Noise that comes and goes, so that dynamics have something to do."""
    return noise(channels, frames, level, seed) * (np.sin(np.arange(frames) / 1500) ** 4).astype(np.float32)


def tone(frames: int, freq: float = 1000, level: float = 0.0, channels: int = 1, rate: int = RATE) -> Audio:
    """A sine; `level` is that of its peaks, in dB."""
    wave = 10 ** (level / 20) * np.sin(2 * np.pi * freq / rate * np.arange(frames))
    return np.tile(wave, (channels, 1)).astype(np.float32)


def steady(frames: int, level: float, channels: int = 1) -> Audio:
    """A constant, so peak and mean power are the same; `level` in dB."""
    return np.full((channels, frames), 10 ** (level / 20), np.float32)


def alternating(frames: int, level: float, channels: int = 1) -> Audio:
    """Frames of one size and alternating signs: peak and mean power are the same, and there is no offset."""
    return steady(frames, level, channels) * np.tile(np.float32([1, -1]), (frames + 1) // 2)[:frames]


def in_db(x: Any) -> Any:
    return 20 * np.log10(np.maximum(np.abs(np.asarray(x, float)), 1e-30))
