"""A node type under test: parameter values to try, sounds to feed it, and a way to run it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import cycle
from typing import Any

import numpy as np

from audiograph.errors import AudiographError
from audiograph.language.moment import Moment
from audiograph.language.parameter import REQUIRED, Choice, Flag, MomentParam, Param, Quantity, Whole
from audiograph.language.rows import Rows
from audiograph.node import Effect, NodeType, Setup
from audiograph.sound import ENDLESS, Audio, Sound, Span, Stream, cut

RATE = 44_100
LONG = 30_000  # frames of a sound long enough for slow parameters to be heard
CHUNK = 1777
Values = dict[str, Any]


class Trial:
    """A node type and values for it: `plain` are its defaults, `lively` the examples over them.

    A required parameter without an example gets a value from its range. Raises
    ValueError where only an example can tell.
    """

    def __init__(self, node: NodeType, examples: Mapping[str, Any], rate: int = RATE) -> None:
        self.node, self.examples, self.rate = node, examples, rate
        given = {name: _timed(node.params[name].read(raw)) for name, raw in examples.items()}
        required = {name for name, param in node.params.items() if param.default is REQUIRED}
        filled = {
            name: _filled(name, node.params[name]) if name in required else node.params[name].default
            for name in node.params
            if name not in required & given.keys()
        }
        self.lively: Values = filled | given
        self.plain: Values = filled | {name: given[name] for name in required & given.keys()}

    def at(self, rate: int) -> "Trial":
        """The same trial at another sample rate, in Hz."""
        return Trial(self.node, self.examples, rate)

    def settings(self) -> Iterator[tuple[str, Values]]:
        """Values to try, each with a description: defaults, examples, and every extreme."""
        yield "defaults", self.plain
        yield "examples", self.lively
        ends = {name: list(extremes(param, self.lively[name])) for name, param in self.node.params.items()}
        for name, values in ends.items():
            for value in values:
                yield f"{name} = {value!r}", self.lively | {name: value}
        yield "all lowest", self.lively | {name: values[0] for name, values in ends.items() if values}
        yield "all highest", self.lively | {name: values[-1] for name, values in ends.items() if values}

    def effects(self, inputs: Sequence[Audio]) -> Iterator[tuple[str, Effect]]:
        """An effect for each of the settings that the node accepts."""
        for words, values in self.settings():
            try:
                yield words, self.effect(inputs, values)
            except AudiographError as error:
                assert str(error), f"{words}: refused without a message"

    def usual(self, inputs: Sequence[Audio]) -> Iterator[Effect]:
        """An effect with the defaults, if the node accepts them, and one with the examples."""
        return (made for words, made in self.effects(inputs) if words in ("defaults", "examples"))

    def effect(self, inputs: Sequence[Audio], values: Values | None = None) -> Effect:
        """An effect for these inputs; by default with the examples."""
        sounds = tuple(Sound(self.rate, x.shape[0], x.shape[1]) for x in inputs)
        effect = self.node(Setup(self.rate, sounds), **(self.lively if values is None else values))
        assert isinstance(effect, Effect)
        return effect

    def stream(self, inputs: Sequence[Stream], values: Values | None = None) -> Stream:
        """The output of a timeline node for these inputs; by default with the examples."""
        stream = self.node(Setup(self.rate, tuple(inputs)), **(self.lively if values is None else values))
        assert isinstance(stream, Stream)
        return stream

    def ports(self) -> int:
        """How many inputs to feed: one a port, three for a port that takes a list."""
        return sum(3 if port.many else 1 for port in self.node.inputs)

    def inputs(self, channels: int, frames: int = 5000, level: float = 0.8) -> list[Audio]:
        """A different sound for each input."""
        return [swelling(channels, frames, level, seed) for seed in range(self.ports())]

    def widths(self) -> list[int]:
        """Those of 1, 2 and 6 channels that the node accepts."""
        return [channels for channels in (1, 2, 6) if self.refusal(channels) is None]

    def refusal(self, channels: int) -> AudiographError | None:
        """The error with which the node refuses inputs of so many channels; None if it accepts them."""
        inputs = self.inputs(channels, LONG)
        try:
            if self.node.is_effect:
                self.effect(inputs)
            else:
                self.stream([streamed(x, self.rate) for x in inputs])
        except AudiographError as error:
            return error
        return None


def extremes(param: Param, value: Any) -> Iterator[Any]:
    """The ends of a parameter's range, lowest first, or all its choices; of rows, variants of the first."""
    if isinstance(param, Quantity):
        kind = int if isinstance(param, Whole) else float
        yield from (kind(param.lo), kind(param.hi))
    elif isinstance(param, Choice):
        yield from param.names
    elif isinstance(param, Flag):
        yield from (False, True)
    elif isinstance(param, MomentParam):
        yield from (0.0, 0.2, 0.5)
    elif isinstance(param, Rows) and value:
        first, *rest = value
        for name, column in param.columns.items():
            for end in extremes(column, first[name]):
                yield ({**first, name: end}, *rest)


def run(
    effect: Effect, inputs: Sequence[Audio], sizes: Sequence[int] = (4096,), state: Any = None, *,
    python: bool = False,
) -> Audio:  # fmt: skip
    """All outputs stacked to (channels, frames), run in blocks of these sizes over and over.

    A given state is carried on. `python=True` runs a kernel as plain Python.
    """
    state = effect.state() if state is None else state
    kernel = effect.kernel.function if python else effect.kernel  # type: ignore[attr-defined]
    frames, done, blocks = inputs[0].shape[1], 0, []
    for size in cycle(sizes):
        if done >= frames:
            break
        parts = [np.ascontiguousarray(x[:, done : done + size]) for x in inputs]
        blocks.append(_block(kernel, effect, parts, state))
        done += size
    return np.concatenate(blocks, axis=1)


def one_each(effect: Effect) -> bool:
    """Whether it has coefs for each input, as an effect with the port `in*` has."""
    return type(effect.coefs) in (list, tuple) and bool(effect.coefs)


def _block(kernel: Any, effect: Effect, parts: list[Audio], state: Any) -> Audio:
    outs = [np.full((channels, parts[0].shape[1]), np.nan, np.float32) for channels in effect.channels]
    if one_each(effect):
        outs[0][:] = 0
        for x, coefs in zip(parts, effect.coefs, strict=True):
            kernel(x, outs[0], coefs, state)
    else:
        kernel(*parts, *outs, effect.coefs, state)
    return np.concatenate(outs)


def streamed(x: Audio, rate: int = RATE, spans: tuple[Span, ...] | None = None) -> Stream:
    """A stream of an array, in chunks that turn to NaN when the next one is asked for."""

    def chunks(first: int) -> Iterator[Audio]:
        buffer = np.empty((len(x), CHUNK), np.float32)
        for begin, end in cut(((0, x.shape[1]),) if spans is None else spans, first, x.shape[1]):
            for at in range(begin, end, CHUNK):
                part = buffer[:, : min(CHUNK, end - at)]
                part[:] = x[:, at : at + part.shape[1]]
                yield part
                part[:] = np.nan

    sound = Stream(rate, len(x), x.shape[1], chunks=chunks)
    return sound if spans is None else replace(sound, spans=spans)


def heard(sound: Stream, most: int = 3 * LONG, first: int = 0) -> Audio:
    """The sound from frame `first` up to its end, or to frame `most`."""
    return sound.open(first).take(max(0, min(sound.end, most, ENDLESS) - first))


def swelling(channels: int, frames: int, level: float = 0.8, seed: int = 0) -> Audio:
    """Noise that swells from almost nothing to `level` and back, again and again."""
    wave = np.random.default_rng(seed).uniform(-level, level, (channels, frames))
    swell: Audio = np.sin(np.arange(frames, dtype=np.float32) / 1500 + 1 + seed) ** 8
    return swell * wave.astype(np.float32)


def _filled(name: str, param: Param) -> Any:
    if isinstance(param, Quantity):
        return min(param.hi, max(param.lo, 0.5))
    if isinstance(param, MomentParam):
        return 0.25
    if isinstance(param, Choice):
        return param.names[0]
    raise ValueError(f"give the battery an example of {name}")


def _timed(value: Any) -> Any:
    """The value with moments as seconds."""
    if isinstance(value, Moment):
        return value.time(lambda _: 0.0)
    if isinstance(value, tuple):
        return tuple({key: _timed(part) for key, part in row.items()} for row in value)
    return value
