"""How a region is put together.

One walk in topological order: at each node its inputs are known, so paths can
be aligned for latency, outputs given buffers, and the buffers that nobody reads
again reused. With very many buffers blocks are shorter, so that all of them fit
in memory: every size of a block gives the same bits.
"""

from collections import Counter
from collections.abc import Container, Mapping, Sequence
from typing import NamedTuple

from audiograph.dsp.delay import delay, delay_line
from audiograph.engine.steps import Intake, Signal, Step
from audiograph.graph import Graph, Out
from audiograph.node import Effect
from audiograph.plan.clocks import inside, spans_after
from audiograph.plan.fusion import Fused, fuse_neighbours
from audiograph.sound import Stream
from audiograph.streams.buffers import allocate

ROOM = 64 * 2**20  # bytes that the buffers of a region take together
SHORTEST = 1024  # frames of a block; shorter ones cost more calls than they save memory


class Inlet(NamedTuple):
    """A stream that is made ahead and enters a region."""

    stream: Stream
    late: int = 0  # frames of latency it has already


class Wiring:
    """The region while it is put together."""

    def __init__(
        self,
        graph: Graph,
        outputs: Sequence[Out],
        streams: Mapping[Out, Stream],
        effects: Mapping[str, Effect],
        block: int,
        inlets: Mapping[Out, Inlet],
        fusible: Container[Out],
    ) -> None:
        self.graph, self.streams, self.block, self.inlets = graph, streams, block, inlets
        self.parts: list[Intake | Step] = []
        self.signals: dict[Out, Signal] = {}
        self._shared: list[list[Signal]] = []  # the signals of each buffer
        self._free: dict[int, list[int]] = {}  # buffers that nobody reads any more, by their channels
        names = inside(graph, outputs, inlets)
        self._readers = Counter(out for name in names for out in set(graph.nodes[name].outs()))
        self._readers.update(outputs)
        for row in fuse_neighbours(graph, names, effects, fusible):
            self._add(row)
        signals = [self._signal(out) for out in outputs]
        late = max(signal.late for signal in signals)
        self.outputs = tuple(self._aligned(out, late) for out in outputs)
        self._give_room()

    def _add(self, row: Fused) -> None:
        use, last = self.graph.nodes[row.nodes[0]], row.nodes[-1]
        late = max(self._signal(out).late for out in use.outs())
        aligned = {out: self._aligned(out, late) for out in use.outs()}
        ins = [aligned[out] for out in use.sources()]
        outs = self._step(last, row.nodes, row.effect, any(port.many for port in use.type.inputs), ins)
        ports = self.graph.nodes[last].type.outputs
        self.signals |= {(last, port): signal for port, signal in zip(ports, outs, strict=True)}
        for out, signal in aligned.items():
            self._release(out, signal)

    def _signal(self, out: Out) -> Signal:
        """The signal of an output; a stream from outside is fed in where it is first needed."""
        if out not in self.signals:
            stream, late = self.inlets.get(out) or Inlet(self.streams[out])
            self.signals[out] = signal = self._buffered(Signal(stream.channels, late, stream.spans))
            self.parts.append(Intake(out[0], stream, (signal,), out in self.inlets))
        return self.signals[out]

    def _aligned(self, out: Out, late: int) -> Signal:
        """The signal of an output, delayed until it is `late` frames late."""
        signal = self._signal(out)
        wait = late - signal.late
        if not wait:
            return signal
        line = Effect(
            delay, (), delay_line(signal.channels, wait), (signal.channels,), latency=wait, memory=wait
        )
        return self._step(out[0], (), line, False, [signal])[0]

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
        """Give a signal a buffer, which it may share with others."""
        spare = self._free.get(signal.channels)
        if spare:
            signal.place = spare.pop()
            self._shared[signal.place].append(signal)
        else:
            signal.place = len(self._shared)
            self._shared.append([signal])
        return signal

    def _release(self, out: Out, signal: Signal) -> None:
        """One reader of `out` is done with `signal`, which is the output's own or a delayed copy."""
        own = self.signals[out]
        if signal is not own:
            self._free.setdefault(signal.channels, []).append(signal.place)
        self._readers[out] -= 1
        if not self._readers[out]:
            self._free.setdefault(own.channels, []).append(own.place)

    def _give_room(self) -> None:
        """Allocate all buffers, for blocks that are halved until they fit."""
        frame = sum(signals[0].channels for signals in self._shared) * 4
        while self.block * frame > ROOM and self.block >= 2 * SHORTEST:
            self.block //= 2
        self.size = self.block * frame
        for signals in self._shared:
            buffer = allocate((signals[0].channels * self.block,))
            for signal in signals:
                signal.buffer = buffer
