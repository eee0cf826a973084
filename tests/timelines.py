"""Streams made of arrays, and timeline nodes without an engine."""

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np

from audiograph.node import NodeType, Setup
from audiograph.sound import Audio, Span, Stream, cut

RATE = 44_100
SIZE = 1777  # an uneven size of chunks


def stream(x: Audio, start: int = 0, spans: tuple[Span, ...] | None = None, rate: int = RATE) -> Stream:
    """A stream of an array, in chunks that turn to NaN when the next one is asked for."""
    sounding = ((start, x.shape[1]),) if spans is None else spans

    def chunks(first: int) -> Iterator[Audio]:
        buffer = np.empty((len(x), SIZE), np.float32)
        for begin, end in cut(sounding, first, x.shape[1]):
            for at in range(begin, end, SIZE):
                part = buffer[:, : min(SIZE, end - at)]
                part[:] = x[:, at : at + part.shape[1]]
                yield part
                part[:] = np.nan

    return Stream(rate, len(x), x.shape[1], start, spans=sounding, chunks=chunks)


def made(kind: NodeType, *inputs: Stream, rate: int = RATE, **params: Any) -> Stream:
    values = {
        name: value if kind.params[name].kind == "moment" else kind.params[name].read(value)
        for name, value in params.items()
    }
    return kind(Setup(rate, inputs), **values)


def heard(sound: Stream, frames: int | None = None, first: int = 0) -> Audio:
    """The sound from frame `first` up to frame `frames`, or to its end."""
    last = sound.frames if frames is None else frames
    assert last is not None
    return sound.open(first).take(last - first)


def assert_seeks(sound: Stream, firsts: Iterable[int], frames: int | None = None) -> None:
    """Opened at a later frame, the sound has the bits of the whole from there on."""
    whole = heard(sound, frames)
    assert np.isfinite(whole).all()
    for first in firsts:
        assert heard(sound, frames, first).tobytes() == whole[:, first:].tobytes(), first


def noise(channels: int, frames: int, seed: int = 0) -> Audio:
    return np.random.default_rng(seed).uniform(-0.5, 0.5, (channels, frames)).astype(np.float32)
