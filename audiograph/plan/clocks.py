"""Which nodes run in lockstep, what feeds them from another clock, and when an effect wakes and sleeps."""

from collections.abc import Container, Sequence

from audiograph.graph import Graph, Out
from audiograph.node import Effect
from audiograph.sound import ENDLESS, Span, cut, merged


def inside(graph: Graph, outputs: Sequence[Out], entries: Container[Out] = ()) -> list[str]:
    """The effects that run in lockstep with `outputs`, in topological order.

    The walk upstream ends at timeline nodes and at `entries`.
    """
    found: set[str] = set()
    waiting = list(outputs)
    while waiting:
        out = waiting.pop()
        if out not in entries and out[0] not in found and graph.nodes[out[0]].type.is_effect:
            found.add(out[0])
            waiting += graph.nodes[out[0]].outs()
    return sorted(found, key=graph.places.__getitem__)


def entering(graph: Graph, outputs: Sequence[Out], entries: Container[Out] = ()) -> list[Out]:
    """The streams that feed the effects `inside` the same arguments from outside."""
    names = dict.fromkeys(inside(graph, outputs, entries))
    read = [out for name in names for out in graph.nodes[name].outs()] + list(outputs)
    return [out for out in dict.fromkeys(read) if out in entries or out[0] not in names]


def spans_after(effect: Effect, ins: Sequence[tuple[Span, ...]], late: int = 0) -> tuple[Span, ...]:
    """When an effect sounds if its inputs sound in `ins`, its own latency still included.

    It sounds on for its `memory` after an input: from these spans a region wakes
    it, and lets it sleep. `late` is the latency of the inputs, in frames.
    """
    spans = merged(span for found in ins for span in found)
    if spans and effect.memory is None:
        spans = ((spans[0][0], ENDLESS),)
    rung = merged((first, min(ENDLESS, last + (effect.memory or 0))) for first, last in spans)
    return cut(rung, 0, ENDLESS if effect.ends is None else effect.ends + late + effect.latency)
