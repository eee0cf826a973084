"""A plan: what every node's sound will be. It is a value, which any number of threads may play at once."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import inf
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from audiograph.errors import NodeError, Problem
from audiograph.graph import Graph, Out
from audiograph.language.moment import Moment
from audiograph.node import Effect
from audiograph.plan.clocks import entering, inside
from audiograph.plan.finding import Hearing, rounds
from audiograph.sound import Audio, Chunks, Stream

if TYPE_CHECKING:
    from audiograph.streams.tape import Tape

RATE = 44_100  # Hz, where neither the graph nor the caller gives one
BLOCK = 65_536  # frames, measured (benchmarks --only blocks): few calls, and a few blocks fit in a cache
LIVE_BLOCK = 32_768  # frames of a block while a mix is streamed: a change takes one block


class Playing(Protocol):
    """One playing of a plan, as the plan's streams see it. `engine.run.Run` is the real one."""

    def sound(self, out: Out, first: int) -> Iterator[Audio]:
        """The chunks of an effect's output, from frame `first` on."""

    def timeline(self, node: str, chunks: Chunks, first: int) -> Iterator[Audio]:
        """The chunks of a timeline node, from frame `first` on."""

    def progress(self, node: str, part: float) -> None:
        """A two-pass node has heard this part of its input, 0 to 1."""


@dataclass(frozen=True, eq=False, repr=False)
class Plan:
    """Every length, format and moment of a graph.

    A plan owns no thread and no state of a sound, and nothing is set on it: each
    render, stream or meter plays it by a run of its own. Three things grow: `notes`
    and `found`, what nodes find out when they first hear their input, and `tapes`,
    what they have heard.
    """

    graph: Graph
    rate: int  # frames per second
    block: int  # frames worked on at a time
    fusible: frozenset[Out]  # outputs that may vanish when neighbours are fused
    streams: Mapping[Out, Stream]  # of every output of every node
    effects: Mapping[str, Effect]  # of every effect, by its node
    notes: Sequence[Problem]  # not wrong, but worth knowing
    found: dict[Hearing, Any]  # what the listeners of effects have found
    tapes: dict[str, "Tape"]  # of sources that they have heard, by node
    playing: Callable[["Plan"], Playing]  # the run that plays in this thread, else a new one

    def __repr__(self) -> str:
        outputs = ", ".join(target.name or target.out[0] for target in self.graph.targets)
        return f"<Plan of {len(self.graph.nodes)} nodes at {self.rate} Hz: {outputs}>"

    def resolved(self, node: str) -> dict[str, Any]:
        """All values of a node, defaults included, with moments as seconds from the start of the mix."""
        use = self.graph.nodes[node]
        defaults = {key: param.default for key, param in use.type.params.items()}
        return {key: self.timed(value) for key, value in {**defaults, **use.values}.items()}

    def timed(self, value: Any) -> Any:
        """A value with its moments as seconds from the start of the mix."""
        if isinstance(value, Moment):
            return self._time(value)
        if isinstance(value, tuple):
            return tuple({key: self.timed(part) for key, part in row.items()} for row in value)
        return value

    def _time(self, moment: Moment) -> float:
        """Seconds from the start of the mix. Raises NodeError if it never comes, as an end may."""
        time = moment.time(self._edge)
        if time == inf:
            node = next(each.node for each in moment.leaves() if self._edge(each) == inf)
            raise NodeError(f"{node}.end never comes: give {node} a length")
        return time

    def _edge(self, moment: Moment) -> float:
        """The time of the edge of a node's sound; inf for the end of an endless one."""
        sound = self.streams[moment.node, self.graph.nodes[moment.node].type.outputs[0]]
        edge = sound.start if moment.edge == "start" else sound.frames
        return inf if edge is None else edge / self.rate

    def inputs(self) -> list[Path]:
        """Every file the graph reads."""
        values = [value for use in self.graph.nodes.values() for value in use.values.values()]
        return [value for value in values if isinstance(value, Path)]

    def files(self) -> list[Path]:
        """Every file that must not be overwritten: those the graph reads, and those it was made of."""
        return [*self.inputs(), *self.graph.files]

    def openings(self) -> Counter[str]:
        """How many times each node is opened or run when every output is rendered once.

        A loop counts once, though it opens what it repeats at every pass.
        """
        times_run: Counter[str] = Counter()
        times_opened: Counter[Out] = Counter()

        def enter(outs: Sequence[Out], times: int) -> None:
            times_run.update(dict.fromkeys(inside(self.graph, outs), times))
            times_opened.update(dict.fromkeys(entering(self.graph, outs), times))

        outs = [target.out for target in self.graph.targets]
        for hearings in rounds(self.graph, self.effects, outs):
            enter(list(dict.fromkeys(hearing.out for hearing in hearings)), 1)
        enter(outs, 1)
        for name, use in reversed(list(self.graph.nodes.items())):
            times = sum(times_opened[name, port] for port in use.type.outputs)
            if times and name not in self.effects:
                times_run[name] += times
                for out, count in Counter(use.sources()).items():  # a voice may be said thousands of times
                    enter([out], times * count)
        return times_run
