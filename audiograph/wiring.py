"""How a region is put together.

One walk in topological order: at each node its inputs are known, so paths can
be aligned for latency, outputs given buffers, and the buffers that nobody reads
again taken back.
"""

from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np

from audiograph.dsp.delay import delay, delay_line
from audiograph.graph import Graph, Out
from audiograph.node import Effect
from audiograph.sound import ENDLESS, Audio, Span, Stream, cut, merged
from audiograph.steps import Feed, Signal, Step


def inside(graph: Graph, outputs: Sequence[Out]) -> list[str]:
    """The effects that `outputs` need without leaving their clock, in topological order."""
    found: set[str] = set()
    waiting = [name for name, _ in outputs]
    while waiting:
        name = waiting.pop()
        if name not in found and graph.nodes[name].type.is_effect:
            found.add(name)
            waiting += [feed for feed, _ in graph.nodes[name].outs()]
    return [name for name in graph.nodes if name in found]


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
    ) -> None:
        self.graph, self.streams, self.block = graph, streams, block
        self.parts: list[Feed | Step] = []
        self.signals: dict[Out, Signal] = {}
        self.free: dict[int, list[Audio]] = {}  # buffers by channels
        names = inside(graph, outputs)
        self.readers = Counter(port for name in names for port in set(graph.nodes[name].outs()))
        self.readers.update(outputs)
        for name in names:
            self._add(name, effects[name])
        found = [self._signal(port) for port in outputs]
        late = max(signal.late for signal in found)
        self.outputs = tuple(self._aligned(port, late) for port in outputs)

    def _add(self, name: str, effect: Effect) -> None:
        use = self.graph.nodes[name]
        late = max(self._signal(port).late for port in use.outs())
        aligned = {port: self._aligned(port, late) for port in use.outs()}
        ins = [aligned[port] for port in use.hears()]
        outs = self._step(name, effect, any(port.many for port in use.type.inputs), ins)
        self.signals |= {(name, port): out for port, out in zip(use.type.outputs, outs, strict=True)}
        for port, signal in aligned.items():
            self._release(port, signal)

    def _signal(self, port: Out) -> Signal:
        """What a port gives; a stream from outside is fed in where it is first needed."""
        if port not in self.signals:
            stream = self.streams[port]
            self.signals[port] = signal = self._buffered(Signal(stream.channels, 0, stream.spans))
            self.parts.append(Feed(port[0], stream, (signal,)))
        return self.signals[port]

    def _aligned(self, port: Out, late: int) -> Signal:
        signal = self._signal(port)
        wait = late - signal.late
        if not wait:
            return signal
        line = Effect(
            delay, (), delay_line(signal.channels, wait), (signal.channels,), latency=wait, memory=wait
        )
        return self._step(port[0], line, False, [signal])[0]

    def _step(self, name: str, effect: Effect, adds: bool, ins: Sequence[Signal]) -> tuple[Signal, ...]:
        late, spans = ins[0].late, spans_after(effect, [signal.spans for signal in ins], ins[0].late)
        outs = tuple(
            self._buffered(Signal(channels, late + effect.latency, spans)) for channels in effect.channels
        )
        self.parts.append(Step(name, effect, adds, tuple(ins), outs))
        return outs

    def _buffered(self, signal: Signal) -> Signal:
        spare = self.free.get(signal.channels)
        signal.memory = spare.pop() if spare else np.zeros(signal.channels * self.block, np.float32)
        return signal

    def _release(self, port: Out, signal: Signal) -> None:
        """One reader less; `signal` is what it read, the port's own or that delayed."""
        own = self.signals[port]
        if signal is not own:
            self.free.setdefault(signal.channels, []).append(signal.memory)
        self.readers[port] -= 1
        if not self.readers[port]:
            self.free.setdefault(own.channels, []).append(own.memory)
