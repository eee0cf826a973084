"""How a region is put together.

One walk in topological order: at each node its inputs are known, so paths can
be aligned for latency, outputs given buffers, and the buffers that nobody reads
again taken back.
"""

from collections import Counter
from collections.abc import Container, Mapping, Sequence
from typing import NamedTuple

from audiograph.dsp.delay import delay, delay_line
from audiograph.engine.steps import Feed, Signal, Step
from audiograph.graph import Graph, Out
from audiograph.node import Effect
from audiograph.plan.fusion import Run, runs
from audiograph.sound import ENDLESS, Audio, Span, Stream, cut, merged
from audiograph.streams.buffers import allocate


class Entry(NamedTuple):
    """A stream that runs ahead and enters a region."""

    stream: Stream
    late: int = 0  # frames that it is late already


def inside(graph: Graph, outputs: Sequence[Out], entries: Container[Out] = ()) -> list[str]:
    """The effects that `outputs` need without leaving their clock, behind `entries`, in topological order."""
    found: set[str] = set()
    waiting = list(outputs)
    while waiting:
        out = waiting.pop()
        if out not in entries and out[0] not in found and graph.nodes[out[0]].type.is_effect:
            found.add(out[0])
            waiting += graph.nodes[out[0]].outs()
    return [name for name in graph.nodes if name in found]


def entering(graph: Graph, outputs: Sequence[Out], entries: Container[Out] = ()) -> list[Out]:
    """What feeds the effects between `entries` and `outputs` from outside."""
    names = inside(graph, outputs, entries)
    read = [out for name in names for out in graph.nodes[name].outs()] + list(outputs)
    return [out for out in dict.fromkeys(read) if out in entries or out[0] not in names]


def spans_after(effect: Effect, ins: Sequence[tuple[Span, ...]], late: int = 0) -> tuple[Span, ...]:
    """When an effect sounds if its inputs sound in `ins`, before its own latency is taken out."""
    spans = merged(span for found in ins for span in found)
    if spans and effect.memory is None:
        spans = ((spans[0][0], ENDLESS),)
    rung = merged((first, min(ENDLESS, last + (effect.memory or 0))) for first, last in spans)
    return cut(rung, 0, ENDLESS if effect.ends is None else effect.ends + late + effect.latency)


class Wiring:
    """The region while it is put together."""

    def __init__(
        self,
        graph: Graph,
        outputs: Sequence[Out],
        streams: Mapping[Out, Stream],
        effects: Mapping[str, Effect],
        block: int,
        entries: Mapping[Out, Entry],
        passing: Container[Out],
    ) -> None:
        self.graph, self.streams, self.block, self.entries = graph, streams, block, entries
        self.parts: list[Feed | Step] = []
        self.signals: dict[Out, Signal] = {}
        self.free: dict[int, list[Audio]] = {}  # buffers by channels
        names = inside(graph, outputs, entries)
        self.readers = Counter(port for name in names for port in set(graph.nodes[name].outs()))
        self.readers.update(outputs)
        for run in runs(graph, names, effects, passing):
            self._add(run)
        found = [self._signal(port) for port in outputs]
        late = max(signal.late for signal in found)
        self.outputs = tuple(self._aligned(port, late) for port in outputs)

    def _add(self, run: Run) -> None:
        use, last = self.graph.nodes[run.nodes[0]], run.nodes[-1]
        late = max(self._signal(port).late for port in use.outs())
        aligned = {port: self._aligned(port, late) for port in use.outs()}
        ins = [aligned[port] for port in use.hears()]
        outs = self._step(last, run.nodes, run.effect, any(port.many for port in use.type.inputs), ins)
        ports = self.graph.nodes[last].type.outputs
        self.signals |= {(last, port): out for port, out in zip(ports, outs, strict=True)}
        for port, signal in aligned.items():
            self._release(port, signal)

    def _signal(self, port: Out) -> Signal:
        """What a port gives; a stream from outside is fed in where it is first needed."""
        if port not in self.signals:
            stream, late = self.entries.get(port) or Entry(self.streams[port])
            self.signals[port] = signal = self._buffered(Signal(stream.channels, late, stream.spans))
            self.parts.append(Feed(port[0], stream, (signal,), port in self.entries))
        return self.signals[port]

    def _aligned(self, port: Out, late: int) -> Signal:
        signal = self._signal(port)
        wait = late - signal.late
        if not wait:
            return signal
        line = Effect(
            delay, (), delay_line(signal.channels, wait), (signal.channels,), latency=wait, memory=wait
        )
        return self._step(port[0], (), line, False, [signal])[0]

    def _step(
        self, node: str, made_of: Sequence[str], effect: Effect, adds: bool, ins: Sequence[Signal]
    ) -> tuple[Signal, ...]:
        late, spans = ins[0].late, spans_after(effect, [signal.spans for signal in ins], ins[0].late)
        outs = tuple(
            self._buffered(Signal(channels, late + effect.latency, spans)) for channels in effect.channels
        )
        self.parts.append(Step(node, made_of, effect, adds, tuple(ins), outs))
        return outs

    def _buffered(self, signal: Signal) -> Signal:
        spare = self.free.get(signal.channels)
        signal.memory = spare.pop() if spare else allocate((signal.channels * self.block,))
        return signal

    def _release(self, port: Out, signal: Signal) -> None:
        """One reader less; `signal` is what it read, the port's own or that delayed."""
        own = self.signals[port]
        if signal is not own:
            self.free.setdefault(signal.channels, []).append(signal.memory)
        self.readers[port] -= 1
        if not self.readers[port]:
            self.free.setdefault(own.channels, []).append(own.memory)
