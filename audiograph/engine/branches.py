"""What of a region runs ahead: the streams that enter it, and the branches it can be cut into.

A branch is an effect that meets others, with all that feeds it, where it shares
nothing with them. It becomes a region of its own, which runs on the clock of
the first and so gives the same frames, late by as much. It may have branches.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial

from audiograph.engine.queue import Copy
from audiograph.engine.region import Block, Region
from audiograph.engine.steps import Feed
from audiograph.engine.wiring import Entry, entering, inside
from audiograph.engine.workers import Crew
from audiograph.graph import Graph, Out
from audiograph.sound import Audio, Chunks, Stream

FEW = 2  # threads, for which a copy saved weighs more than one thing more that may be done at the same time
Open = Callable[[Sequence[Out], Mapping[Out, Entry]], Region]


def running_ahead(
    graph: Graph, outs: Sequence[Out], streams: Mapping[Out, Stream], crew: Crew, open: Open, *, cut: bool
) -> dict[Out, Entry]:
    """What enters the region of `outs`, each running ahead; with `cut`, its branches in the place of theirs.

    `open` opens a region with its entries.
    """

    def entries(outs: Sequence[Out], cut: bool = True) -> dict[Out, Entry]:
        found = {out: branch(out) for out in branches(graph, outs)} if cut else {}
        fed = [out for out in entering(graph, outs, found) if out not in found]
        return found | {out: Entry(_running(streams[out], crew)) for out in fed}

    def branch(out: Out) -> Entry:
        own = entries([out])
        straight = len(own) == 1 and crew.jobs <= FEW  # it runs ahead itself
        region = open([out], {} if straight else own)
        return Entry(_running(_on_its_clock(region), crew), region.late)

    return entries(outs, cut)


def blocks_ahead(region: Region, crew: Crew, *, slow: bool) -> Iterator[Block]:
    """The blocks of a region; made ahead where their reader is slow, or nothing else is made ahead."""
    feeds = sum(isinstance(part, Feed) for part in region.parts)
    if slow or feeds < 2 or crew.jobs > FEW:
        return crew.ahead(region.blocks(), Block.kept)
    return region.blocks()


def _running(stream: Stream, crew: Crew) -> Stream:
    return replace(stream, chunks=partial(ahead, crew, stream.chunks))


def ahead(crew: Crew, chunks: Chunks, first: int) -> Iterator[Audio]:
    """The same chunks, made ahead."""
    return crew.ahead(_opened(chunks, first), _kept)


def _opened(chunks: Chunks, first: int) -> Iterator[Audio]:
    """As soon as the first is asked for: to open a sound may be to hear all that it is made of."""
    yield from chunks(first)


def _kept(x: Audio, copy: Copy) -> Audio:
    return copy(x)


def _on_its_clock(region: Region) -> Stream:
    """The only output of a region, as late as it is. It can be opened once, where it begins."""
    (signal,) = region.outputs

    def chunks(_: int) -> Iterator[Audio]:
        return (part for block in region.blocks() for part in block.parts if part is not None)

    return Stream(region.rate, signal.channels, None, spans=signal.spans, chunks=chunks)


def branches(graph: Graph, outputs: Sequence[Out]) -> list[Out]:
    """Where the region of `outputs` may be cut: effects that meet others and share nothing with them.

    What such a branch is made of, nobody else reads; of one within another, the last.
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
    return [out for out in alone if not any(out[0] in own for it, own in alone.items() if it[0] != out[0])]


def _shares_nothing(graph: Graph, out: Out, own: list[str], readers: Mapping[Out, set[str]]) -> bool:
    """Whether nobody but the effects of `own` reads what they read, and their ports but `out`."""
    read = {feed for name in own for feed in graph.nodes[name].outs()}
    ports = {(name, port) for name in own for port in graph.nodes[name].type.outputs} - {out}
    return all(readers.get(each, set()).issubset(own) for each in read | ports)
