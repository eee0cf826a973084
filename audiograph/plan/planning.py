"""Graph → Plan: each node is set up in topological order, so the lengths and moments it needs are known.

Nothing is played, but where a node must listen to plan, as `trim_silence` does.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from threading import Lock
from types import MappingProxyType
from typing import Any

from audiograph.errors import (
    AudioFileError,
    AudiographError,
    Cancelled,
    GraphError,
    LimitError,
    NodeError,
    Problem,
)
from audiograph.graph import Graph, Limits, NodeUse, Out
from audiograph.graph.diagnostics import in_file_order
from audiograph.graph.places import outermost
from audiograph.language.moment import Moment
from audiograph.node import Effect, Setup
from audiograph.plan.checks import check
from audiograph.plan.clocks import spans_after
from audiograph.plan.fusion import fusible
from audiograph.plan.plan import BLOCK, RATE, Plan, Playing
from audiograph.sound import ENDLESS, Audio, Span, Stream, cut, shifted


def plan_graph(
    graph: Graph,
    playing: Callable[[Plan], Playing],
    *,
    rate: int | None = None,
    block: int = BLOCK,
    fold: bool = True,
) -> Plan:
    """The plan of a graph, whose streams are played by `playing`.

    Raises GraphError with every problem: sounds that cannot be read, values that
    do not fit their inputs, outputs that never end. Raises LimitError where the
    limits of the graph do not allow it.
    """
    planning = _Planning(graph, playing, rate or graph.rate or RATE, block, fold)
    problems = [problem for name, use in graph.nodes.items() for problem in planning.add(name, use)]
    problems += _endless(planning.plan)
    if problems:
        raise GraphError(in_file_order(problems))
    return planning.plan


def set_up(plan: Plan, node: str, values: Mapping[str, Any]) -> Any:
    """The Effect or the Stream of a node with these values. Raises NodeError where it refuses them."""
    use = plan.graph.nodes[node]
    inputs = tuple(plan.streams[out] for out in use.sources())
    note, progress = partial(_note, plan, node), partial(_progress, plan, node)
    setup = Setup(plan.rate, inputs, note, progress, plan.graph.hearers[node])
    timed = {key: _timed(plan, key, value) for key, value in values.items()}
    _check_jail(plan, values)
    try:
        with _checked(plan.graph.limits, use.where, node):
            made = use.type(setup, **timed)
            check(made, use.type, plan.rate)
            return made
    except AudiographError:
        raise
    except (Exception, SystemExit) as error:  # of a node type that somebody wrote
        raise NodeError(f"{use.type.name} failed: {type(error).__name__}: {error}") from error


def _timed(plan: Plan, key: str, value: Any) -> Any:
    """A value with its moments as seconds. Raises NodeError, with its place, where one never comes."""
    path: tuple[str | int, ...] = (key,)
    try:
        if not isinstance(value, tuple) or isinstance(value, Moment):
            return plan.timed(value)
        rows = []
        for row, part in enumerate(value):
            path = (key, row)
            rows += plan.timed((part,))
        return tuple(rows)
    except NodeError as error:
        raise NodeError(str(error), error.at or path) from None


@contextmanager
def _checked(limits: Limits, where: str, node: str) -> Iterator[None]:
    """Within, a file may be long to read, as one that does not say its length; the limits are checked."""
    if not limits.are_timed:
        yield
        return
    from audiograph.audiofile.decoder import checking  # imports what many graphs do not need

    with checking(partial(limits.check, where, node)):
        yield


def _check_jail(plan: Plan, values: Mapping[str, Any]) -> None:
    """Raises NodeError for a file outside the jail. Called when a file is opened: links may have changed."""
    for value in values.values() if plan.graph.limits.jail else ():
        if isinstance(value, Path) and (why := plan.graph.limits.outside(value)):
            raise NodeError(f"{value.name} {why}")


class _Notes(list[Problem]):
    """Each note once, whichever run finds it."""

    def __init__(self) -> None:
        super().__init__()
        self._lock = Lock()

    def add(self, note: Problem) -> None:
        with self._lock:
            if note not in self:
                self.append(note)


class _Planning:
    """A plan while its streams are filled in."""

    def __init__(
        self, graph: Graph, playing: Callable[[Plan], Playing], rate: int, block: int, fold: bool
    ) -> None:
        self.streams: dict[Out, Stream] = {}
        self.effects: dict[str, Effect] = {}
        self._rung: dict[
            Out, tuple[Span, ...]
        ] = {}  # of effects, also beyond their ends: see _effect_streams
        self.plan = Plan(
            graph,
            rate,
            block,
            fusible(graph) if fold else frozenset(),
            MappingProxyType(self.streams),
            MappingProxyType(self.effects),
            _Notes(),
            {},
            {},
            playing,
        )

    def add(self, name: str, use: NodeUse) -> Iterator[Problem]:
        """Set up a node, unless what it needs could not be; gives what is wrong with it."""
        if not all(self._is_known(other) for other in use.needs):
            return
        limits = self.plan.graph.limits
        limits.check(use.where, name)
        try:
            made = set_up(self.plan, name, use.values)
            if isinstance(made, Effect):
                self.effects[name] = made
                self.streams |= self._effect_streams(name, use, made)
            else:
                self._add_timeline(name, use, made)
            for port in use.type.outputs:
                sound = self.streams[name, port]
                if sound.frames is not None:
                    limits.check_duration(sound.frames / sound.rate, use.where, name)
        except (LimitError, Cancelled):
            raise
        except AudioFileError as error:
            yield Problem(use.lines.get("file", use.where), name, str(error))
        except AudiographError as error:
            yield Problem(use.place(getattr(error, "at", ())), name, str(error))

    def _is_known(self, name: str) -> bool:
        return (name, self.plan.graph.nodes[name].type.outputs[0]) in self.streams

    def _add_timeline(self, name: str, use: NodeUse, stream: Stream) -> None:
        plan, chunks = self.plan, stream.chunks

        def played(first: int) -> Iterator[Audio]:
            _check_jail(plan, use.values)
            return plan.playing(plan).timeline(name, chunks, first)

        self.streams[name, use.type.outputs[0]] = replace(stream, chunks=played)
        if stream.note:
            _note(plan, name, stream.note)

    def _effect_streams(self, name: str, use: NodeUse, effect: Effect) -> dict[Out, Stream]:
        """The facts of an effect's outputs, from those of its inputs.

        An effect that feeds another one rings on after its own end, as a filter does: in their region
        nobody cuts it.
        """
        deciding = [
            self.streams[out] for port in use.type.inputs if port.decides for out in use.feeds[port.name]
        ]
        lengths = [sound.frames for sound in deciding if sound.frames is not None]
        frames = effect.ends if effect.ends is not None else max(lengths) + effect.tail if lengths else None
        start = min((sound.start for sound in deciding), default=0)
        ins = [self._rung.get(out) or self.streams[out].spans for out in use.sources()]
        rung = shifted(spans_after(effect, ins), -effect.latency)
        spans = cut(rung, 0, ENDLESS if frames is None else frames)
        outs = [(name, port) for port in use.type.outputs]
        self._rung |= dict.fromkeys(outs, rung)
        return {
            out: Stream(
                self.plan.rate, channels, frames, start, spans=spans, chunks=partial(_sound, self.plan, out)
            )
            for out, channels in zip(outs, effect.channels, strict=True)
        }


def _sound(plan: Plan, out: Out, first: int) -> Iterator[Audio]:
    return plan.playing(plan).sound(out, first)


def _progress(plan: Plan, node: str, part: float) -> None:
    plan.playing(plan).progress(node, part)


def _note(plan: Plan, node: str, what: str) -> None:
    use = plan.graph.nodes[node]
    where = outermost(use.lines.get("file", use.where))
    assert isinstance(plan.notes, _Notes)
    plan.notes.add(Problem(where, node, what))


def _endless(plan: Plan) -> Iterator[Problem]:
    for target in plan.graph.targets:
        if target.out in plan.streams and plan.streams[target.out].frames is None:
            hint = "give it a length, such as `until` of a loop or `end` of a trim"
            yield Problem(target.where, target.out[0], f"never ends, so no file can hold it: {hint}")
