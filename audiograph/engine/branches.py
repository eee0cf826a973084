"""Which streams are made ahead: those that enter a region, and the branches it can be cut into.

A branch is an effect that meets others, with all that feeds it, where it shares
nothing with them. It becomes a region of its own, which runs on the clock of
the first and so gives the same frames, with the same latency. It may have
branches itself.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial

from audiograph.engine.prefetch import FEW_THREADS
from audiograph.engine.queue import Copy
from audiograph.engine.region import Block, Region
from audiograph.engine.steps import Intake
from audiograph.engine.wiring import Inlet
from audiograph.engine.workers import WorkerPool
from audiograph.graph import Graph, Out
from audiograph.plan.clocks import entering, inside
from audiograph.sound import Audio, Chunks, Stream

Open = Callable[[Sequence[Out], Mapping[Out, Inlet]], Region]


def inlets_ahead(
    graph: Graph,
    outs: Sequence[Out],
    streams: Mapping[Out, Stream],
    pool: WorkerPool,
    open: Open,
    *,
    cut: bool,
) -> dict[Out, Inlet]:
    """What enters the region of `outs`, each made ahead; with `cut`, branches stand for what feeds them.

    `open` opens a region with its inlets.
    """

    def inlets(outs: Sequence[Out], cut: bool = True) -> dict[Out, Inlet]:
        cut_off = {out: branch(out) for out in branches(graph, outs)} if cut else {}
        fed = [out for out in entering(graph, outs, cut_off) if out not in cut_off]
        return cut_off | {out: Inlet(_ahead(streams[out], pool)) for out in fed}

    def branch(out: Out) -> Inlet:
        own = inlets([out])
        lone = len(own) == 1 and pool.threads <= FEW_THREADS  # it is made ahead with its only feed
        region = open([out], {} if lone else own)
        return Inlet(_ahead(_on_its_clock(region), pool), region.late)

    return inlets(outs, cut)


def blocks_ahead(region: Region, pool: WorkerPool, *, slow: bool) -> Iterator[Block]:
    """The blocks of a region; made ahead where their reader is slow, or nothing else is made ahead."""
    feeds = sum(isinstance(part, Intake) for part in region.parts)
    if slow or feeds < 2 or pool.threads > FEW_THREADS:
        return pool.prefetch(region.blocks(), Block.copied)
    return region.blocks()


def chunks_ahead(pool: WorkerPool, chunks: Chunks, first: int) -> Iterator[Audio]:
    """The same chunks, made ahead."""
    return pool.prefetch(_opened(chunks, first), _copied)


def _ahead(stream: Stream, pool: WorkerPool) -> Stream:
    return replace(stream, chunks=partial(chunks_ahead, pool, stream.chunks))


def _opened(chunks: Chunks, first: int) -> Iterator[Audio]:
    """Opens when the first chunk is asked for: opening a two-pass node means hearing its whole input."""
    yield from chunks(first)


def _copied(x: Audio, copy: Copy) -> Audio:
    return copy(x)


def _on_its_clock(region: Region) -> Stream:
    """The only output of a region, with its latency. It can be opened once, where it begins."""
    (signal,) = region.outputs

    def chunks(_: int) -> Iterator[Audio]:
        ends = signal.spans[-1][1] - region.late if signal.spans else 0
        for block in region.blocks() if signal.spans else ():
            yield from (part for part in block.parts if part is not None)
            if block.at + block.frames >= ends:  # what feeds the region may be endless
                return

    return Stream(region.rate, signal.channels, None, spans=signal.spans, chunks=chunks)


def branches(graph: Graph, outputs: Sequence[Out]) -> list[Out]:
    """Where the region of `outputs` may be cut: effects that meet others and share nothing with them.

    Nobody else reads what such a branch is made of; of one within another, the last.
    """
    names = inside(graph, outputs)
    readers: dict[Out, set[str]] = {}
    for name in names:
        for out in graph.nodes[name].outs():
            readers.setdefault(out, set()).add(name)
    for out in outputs:
        readers.setdefault(out, set()).add("")
    joins = [list(outputs)] + [graph.nodes[name].outs() for name in names]
    meeting = {out for feeds in joins for out in feeds if len(set(feeds)) > 1 and out[0] in names}
    alone = {out: own for out in meeting if _shares_nothing(graph, out, own := inside(graph, [out]), readers)}
    holders: dict[str, set[str]] = {}  # of each node: the branches that hold it, by their last nodes
    for (last, _), own in alone.items():
        for name in own:
            holders.setdefault(name, set()).add(last)
    return [out for out in alone if holders[out[0]] == {out[0]}]


def _shares_nothing(graph: Graph, out: Out, own: list[str], readers: Mapping[Out, set[str]]) -> bool:
    """Whether nobody but the effects of `own` reads what they read, and their outputs but `out`."""
    read = {feed for name in own for feed in graph.nodes[name].outs()}
    ports = {(name, port) for name in own for port in graph.nodes[name].type.outputs} - {out}
    return all(readers.get(each, set()).issubset(own) for each in read | ports)
