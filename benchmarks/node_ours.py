"""One of our nodes by itself: its time and its output.

The time is what the engine spends: for an effect, one call from Python per block;
for a timeline node, reading it minus reading its input.
"""

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from time import perf_counter
from typing import Any

import numpy as np

from audiograph.graph.catalog import catalog
from audiograph.kernel import bound
from audiograph.measuring import Meter
from audiograph.node import Effect, Setup
from audiograph.sound import CHUNK, Audio, Stream
from benchmarks.node_cases import METER, Case
from benchmarks.sounds import RATE

Timer = Callable[[], float]  # returns ns per frame
Call = Callable[[], object]


def timers(case: Case, sound: Audio, blocks: Sequence[int]) -> dict[str, Timer]:
    """A timer for each block size."""
    if case.node == METER:
        return {f"{block}": partial(_metered, sound, block) for block in blocks}
    made, heard = _made(case, sound)
    if isinstance(made, Effect):
        return {f"{block}": partial(_effect, case, made, heard, block) for block in blocks}
    return {f"{block}": partial(_timeline, made, heard[:1], sound.shape[1], block) for block in blocks}


def output(case: Case, sound: Audio, block: int = 8192) -> Audio:
    """Its output, late by its latency; the last one if it has several."""
    if case.node == METER:
        return sound
    made, heard = _made(case, sound)
    if not isinstance(made, Effect):
        return np.array(made.open().take(sound.shape[1], made.channels))
    parts, (blocks, outs) = list[Audio](), _calls(case, made, heard, block)
    for calls in blocks:
        for call in calls:
            call()
        parts.append(outs[-1].copy())
    return np.concatenate(parts, axis=1)


def _made(case: Case, sound: Audio) -> tuple[Any, list[Stream]]:
    kind, fed = catalog()[case.node], [_played(sound[: 1 if case.mono else 2])]
    heard = fed * max(len(kind.inputs), case.inputs)
    values = {name: _timed(kind.params[name].read(raw)) for name, raw in case.values.items()}
    return kind(Setup(RATE, tuple(heard)), **values), heard


def _timed(value: Any) -> Any:
    """A value with moments as seconds, as the planner passes it."""
    if isinstance(value, tuple) and not hasattr(value, "offset"):
        return tuple({key: _timed(part) for key, part in row.items()} for row in value)
    return getattr(value, "offset", value)


def _played(sound: Audio) -> Stream:
    """A stream of an array."""

    def chunks(first: int) -> Iterator[Audio]:
        for at in range(first, sound.shape[1], CHUNK):
            yield sound[:, at : at + CHUNK]

    return Stream(RATE, sound.shape[0], sound.shape[1], chunks=chunks)


def _calls(
    case: Case, effect: Effect, heard: Sequence[Stream], block: int
) -> tuple[list[list[Call]], list[Audio]]:
    """The calls for each block, and the arrays they write to."""
    outs = [np.zeros((channels, block), np.float32) for channels in effect.channels]
    adds, state = any(port.many for port in catalog()[case.node].inputs), effect.state()
    reader, blocks = heard[0].open(), list[list[Call]]()
    for _ in range((heard[0].frames or 0) // block):
        x = np.ascontiguousarray(reader.take(block, heard[0].channels))
        if adds:
            calls = [
                bound(effect.kernel, x, outs[0], effect.coefs[place], state) for place in range(len(heard))
            ]
            blocks.append([partial(outs[0].fill, 0), *calls])
        else:
            blocks.append([bound(effect.kernel, *[x] * len(heard), *outs, effect.coefs, state)])
    return blocks, outs


def _effect(case: Case, effect: Effect, heard: Sequence[Stream], block: int) -> float:
    calls = [call for calls in _calls(case, effect, heard, block)[0] for call in calls]
    calls[0]()
    return _taken(calls, heard[0].frames or 0)


def _timeline(stream: Stream, fed: Sequence[Stream], frames: int, block: int) -> float:
    return max(_reading(stream, frames, block) - sum(_reading(each, frames, block) for each in fed), 0.0)


def _reading(stream: Stream, frames: int, block: int) -> float:
    reader, out = stream.open(), np.zeros((stream.channels, block), np.float32)
    return _taken([partial(reader.read, out)] * (frames // block), frames)


def _metered(sound: Audio, block: int) -> float:
    """The meter has measured one block before, so that its set-up is not counted."""
    heard = Meter(RATE, sound.shape[0])
    parts = [np.ascontiguousarray(sound[:, at : at + block]) for at in range(0, sound.shape[1], block)]
    heard.write(parts[0])
    return _taken([partial(heard.write, part) for part in parts], sound.shape[1])


def _taken(calls: Sequence[Call], frames: int) -> float:
    begun = perf_counter()
    for call in calls:
        call()
    return (perf_counter() - begun) / frames * 1e9
