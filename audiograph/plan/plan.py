"""Graph → Plan: what every node's sound will be, and the changes it takes while it plays.

Each node is set up in topological order, so the lengths and moments it needs
are known. No sound is opened until somebody reads.
"""

from collections import Counter, deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any
from weakref import WeakSet

import numpy as np

from audiograph.engine.branches import ahead, running_ahead
from audiograph.engine.region import Region
from audiograph.engine.stopwatch import Stopwatch
from audiograph.engine.wiring import Entry, entering, inside, spans_after
from audiograph.engine.workers import Crew
from audiograph.errors import (
    AudioFileError,
    AudiographError,
    GraphError,
    NodeError,
    Problem,
    RenderError,
    nearest,
)
from audiograph.graph import Graph, NodeUse, Out
from audiograph.graph.recipe import USED_AT
from audiograph.language.quantity import Moment, Wrong
from audiograph.node import Effect, Setup
from audiograph.plan.fusion import passing
from audiograph.sound import ENDLESS, Audio, Chunks, Stream, cut, shifted
from audiograph.streams.taps import Tap

RATE = 44_100  # Hz, where neither the graph nor the caller says
BLOCK = 65_536  # frames, by measurement (benchmarks --only blocks): calls weigh little, a few fit in a cache
WIDER = 2  # blocks in one where several threads are at work: they wait for each other at every call
HEARD = 32_768  # frames of a block that is heard while it plays: a change takes one


class Plan:
    """Every node's Stream by its output in `streams`, every effect in `effects`.

    Raises GraphError with all that is wrong: sounds that cannot be read, values
    that do not fit their inputs, outputs that never end.
    """

    def __init__(
        self, graph: Graph, *, rate: int | None = None, block: int = BLOCK, fold: bool = True
    ) -> None:
        self.graph, self.rate, self.block = graph, rate or graph.rate or RATE, block
        self.passing = passing(graph) if fold else frozenset[Out]()  # what may vanish in a fold
        self.values: dict[str, Mapping[str, Any]] = {name: use.values for name, use in graph.nodes.items()}
        self.streams: dict[Out, Stream] = {}
        self.effects: dict[str, Effect] = {}
        self.checking = False  # whether every node's sound is looked through for samples that are no numbers
        self.notes: list[Problem] = []  # what is not wrong, but should be known; more may come while it plays
        self.rehearsing: Callable[[str, float], None] | None = None  # told what part a node has heard first
        self.taps: dict[Out, Tap] = {}  # who waits to hear a node from its first frame on
        self.watch: Stopwatch | None = None  # counts the seconds of each node
        self.crew: Crew | None = None  # makes ahead what enters and leaves regions
        self._playing: WeakSet[Region] = WeakSet()
        problems: list[Problem] = []
        for name, use in graph.nodes.items():
            if all(self._known(other) for other in use.needs):
                self._set_up(name, use, problems)
        problems += self._endless()
        if problems:
            raise GraphError(problems)

    def _known(self, name: str) -> bool:
        return (name, self.graph.nodes[name].type.outputs[0]) in self.streams

    def _set_up(self, name: str, use: NodeUse, problems: list[Problem]) -> None:
        try:
            made = self._made(name)
            if isinstance(made, Effect):
                self.effects[name] = made
                self.streams |= self._effect_streams(name, use, made)
            else:
                watched = partial(self._watched, name, made.chunks)
                self.streams[name, use.type.outputs[0]] = replace(made, chunks=watched)
                if made.note:
                    self._note(name, made.note)
        except AudioFileError as error:
            problems.append(Problem(use.lines.get("file", use.where), name, str(error)))
        except AudiographError as error:
            problems.append(Problem(use.where, name, str(error)))

    def _made(self, name: str) -> Any:
        use = self.graph.nodes[name]
        inputs = tuple(self.streams[out] for out in use.hears())
        setup = Setup(self.rate, inputs, partial(self._note, name), partial(self._rehearsed, name))
        values = {key: self._timed(value) for key, value in self.values[name].items()}
        try:
            return use.type(setup, **values)
        except AudiographError:
            raise
        except Exception as error:  # of a node type that somebody wrote
            raise NodeError(f"{use.type.name} failed: {type(error).__name__}: {error}") from error

    def _watched(self, name: str, chunks: Chunks, first: int) -> Iterator[Audio]:
        found = self._checked(name, chunks(first)) if self.checking else chunks(first)
        return self.watch.drawn(name, iter(found)) if self.watch else found

    def _checked(self, name: str, chunks: Iterator[Audio]) -> Iterator[Audio]:
        """Name the node if what it gives is not made of numbers."""
        for x in chunks:
            if not np.isfinite(x).all():
                where = self.graph.nodes[name].where
                raise RenderError(str(Problem(where, name, "gives a sample that is not a number")))
            yield x

    def _note(self, name: str, what: str) -> None:
        use = self.graph.nodes[name]
        where = use.lines.get("file", use.where).rpartition(USED_AT)[2]  # in a recipe: where that is used
        self.notes.append(Problem(where, name, what))

    def _rehearsed(self, name: str, part: float) -> None:
        if self.rehearsing:
            self.rehearsing(name, part)

    def _effect_streams(self, name: str, use: NodeUse, effect: Effect) -> dict[Out, Stream]:
        deciding = [
            self.streams[out] for port in use.type.inputs if port.decides for out in use.feeds[port.name]
        ]
        lengths = [sound.frames for sound in deciding if sound.frames is not None]
        frames = effect.ends if effect.ends is not None else max(lengths) + effect.tail if lengths else None
        start = min((sound.start for sound in deciding), default=0)
        spans = shifted(
            spans_after(effect, [self.streams[out].spans for out in use.hears()]), -effect.latency
        )
        spans = cut(spans, 0, ENDLESS if frames is None else frames)
        known = partial(Stream, self.rate, frames=frames, start=start, spans=spans)
        outs = [(name, port) for port in use.type.outputs]
        return {
            out: known(channels=channels, chunks=partial(self._ahead, out))
            for out, channels in zip(outs, effect.channels, strict=True)
        }

    def _sound(self, out: Out, first: int) -> Iterator[Audio]:
        """What an effect's output gives from frame `first` on: its spans alone."""
        stream = self.streams[out]
        spans = deque(cut(stream.spans, first, ENDLESS))
        for block in self.open([out], first).blocks():
            end = block.at + block.frames
            while spans and spans[0][0] < end:
                begin, last = spans[0]
                until = min(last, end)
                quiet = until if block.parts[0] is None else min(until, max(begin, block.at))
                if begin < quiet:
                    yield np.zeros((stream.channels, quiet - begin), np.float32)
                if block.parts[0] is not None:
                    yield block.parts[0][:, quiet - block.at : until - block.at]
                if last > end:
                    spans[0] = end, last
                    break
                spans.popleft()

    def _ahead(self, out: Out, first: int) -> Iterator[Audio]:
        sound = partial(self._sound, out)
        return ahead(self.crew, sound, first) if self.crew else sound(first)

    def open(self, outs: Sequence[Out], first: int = 0) -> Region:
        """One pass over some outputs in lockstep."""
        entries = {}
        if self.crew:
            entries = running_ahead(self.graph, outs, self.streams, self.crew, self._open, cut=not first)
        return self._open(outs, entries, first)

    def _open(self, outs: Sequence[Out], entries: Mapping[Out, Entry], first: int = 0) -> Region:
        region = Region(
            self.graph,
            outs,
            self.streams,
            self.effects,
            block=self.block * (WIDER if self.crew else 1),
            first=first,
            checking=self.checking,
            taps=self.taps,
            watch=self.watch,
            passing=frozenset() if self.checking else self.passing,
            entries=entries,
        )
        self._playing.add(region)
        return region

    def change(self, node: str, param: str, raw: Any) -> None:
        """Give a parameter of an effect a new value from the next block on.

        Raises NodeError where there is no such parameter, where it does not take
        the value, and where it cannot change while it plays.
        """
        use = self.graph.nodes.get(node)
        if use is None:
            raise NodeError(f"there is no node {node!r}{nearest(node, list(self.graph.nodes))}")
        if param not in use.type.params:
            raise NodeError(f"{use.type.name} has no {param!r}{nearest(param, list(use.type.params))}")
        if node not in self.effects:
            raise NodeError(f"{node}.{param} cannot change while it plays: plan again")
        before = self.values[node], self.effects[node]
        try:
            self.values[node] = {**self.values[node], param: use.type.params[param].read(raw)}
        except Wrong as error:
            raise NodeError(f"{node}.{param}: {error}") from None
        try:
            self.effects[node] = self._made(node)
            for region in list(self._playing):
                region.change(node)
        except NodeError:
            self.values[node], self.effects[node] = before
            raise

    def resolved(self, node: str) -> dict[str, Any]:
        """All values of a node, those left out too, with moments as seconds from the mix's time zero."""
        defaults = {key: param.default for key, param in self.graph.nodes[node].type.params.items()}
        return {key: self._timed(value) for key, value in {**defaults, **self.values[node]}.items()}

    def _timed(self, value: Any) -> Any:
        """A value with its moments as seconds from the mix's time zero."""
        if isinstance(value, Moment):
            return value.offset + self._edge(value)
        if isinstance(value, tuple):
            return tuple({key: self._timed(part) for key, part in row.items()} for row in value)
        return value

    def _edge(self, moment: Moment) -> float:
        if not moment.node:
            return 0.0
        sound = self.streams[moment.node, self.graph.nodes[moment.node].type.outputs[0]]
        edge = sound.start if moment.edge == "start" else sound.frames
        if edge is None:
            raise NodeError(f"{moment.node}.end never comes: give {moment.node} a length")
        return edge / self.rate

    def _endless(self) -> Iterator[Problem]:
        for target in self.graph.targets:
            if target.out in self.streams and self.streams[target.out].frames is None:
                hint = "give it a length, such as `until` of a loop or `end` of a trim"
                yield Problem(target.where, target.out[0], f"never ends, so no file can hold it: {hint}")

    def inputs(self) -> list[Path]:
        """Every file the graph reads."""
        given = [value for use in self.graph.nodes.values() for value in use.values.values()]
        return [value for value in given if isinstance(value, Path)]

    def openings(self) -> Counter[str]:
        """How many times each node is opened or run when every output is rendered once.

        A loop counts once, though it opens what it repeats at every pass.
        """
        found: Counter[str] = Counter()
        opened: Counter[Out] = Counter()
        self._enter([target.out for target in self.graph.targets], 1, found, opened)
        for name, use in reversed(list(self.graph.nodes.items())):
            if times := sum(opened[name, port] for port in use.type.outputs) * (name not in self.effects):
                found[name] += times
                for out in use.hears():
                    self._enter([out], times, found, opened)
        return found

    def _enter(self, outs: Sequence[Out], times: int, found: Counter[str], opened: Counter[Out]) -> None:
        """Note the effects of a region, and the streams that feed it."""
        found.update(dict.fromkeys(inside(self.graph, outs), times))
        opened.update(dict.fromkeys(entering(self.graph, outs), times))
