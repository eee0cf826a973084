"""Fusion: neighbouring effects that are computed in one pass.

A pass over the sound costs the same for one filter section as for two, and for
one gain as for a product of gains. So where only one node reads another, and
both are of the same linear kind, one step computes both. Each of `FUSIONS`
fuses two effects into one that sounds the same, but for the rounding of the
float32 signal between them. The result may be fused again.
"""

from collections import Counter
from collections.abc import Callable, Container, Iterable, Mapping
from typing import NamedTuple

from audiograph.dsp.cascade import cascade, cascade_kernel, in_a_row
from audiograph.dsp.fading import fade_state, faded
from audiograph.dsp.gains import matrix, matrix_state
from audiograph.graph import Graph, Out
from audiograph.node import Effect

Fusion = Callable[[Effect, Effect], Effect | None]


class Fused(NamedTuple):
    """Nodes in a row, each of which feeds the next alone, as one effect."""

    nodes: list[str]
    effect: Effect


def cascades(one: Effect, other: Effect) -> Effect | None:
    """Equalizers and filters, as the sections of both in one cascade."""
    if one.kernel is not cascade_kernel or other.kernel is not cascade_kernel:
        return None
    made = cascade(in_a_row(one.coefs, other.coefs), other.channels[0])
    return other._replace(coefs=made.coefs, state=made.state)


def levels(one: Effect, other: Effect) -> Effect | None:
    """Gains, pans, widths, and one fade among them, as one matrix, faded."""
    fades = [each for each in (one, other) if each.kernel is faded]
    if len(fades) > 1 or not all(each.kernel in (matrix, faded) for each in (one, other)):
        return None
    if one.coefs.ramp != other.coefs.ramp:
        return None
    gains = other.coefs.gains @ one.coefs.gains
    like, state = (fades[0], fade_state) if fades else (other, matrix_state)
    coefs, clocked = like.coefs._replace(gains=gains), like.clocked
    return other._replace(kernel=like.kernel, coefs=coefs, state=state(gains), clocked=clocked)


FUSIONS: tuple[Fusion, ...] = (cascades, levels)


def fused(effects: Iterable[Effect]) -> Effect | None:
    """One effect in the place of several in a row; None where they cannot be fused."""
    one, *others = effects
    for other in others:
        both = _both(one, other)
        if both is None:
            return None
        one = both
    return one


def _both(one: Effect, other: Effect) -> Effect | None:
    """Two effects as one, whose memory is the sum of both, so that it wakes and sleeps as they would."""
    if one.memory is None or other.memory is None:
        return None
    found = next(filter(None, (each(one, other) for each in FUSIONS)), None)
    return found and found._replace(memory=one.memory + other.memory)


def fusible(graph: Graph) -> frozenset[Out]:
    """Outputs that may vanish in a fusion: those read by a single node, and by no file or expectation.

    This depends on the whole graph, so that the bits are the same whichever outputs are rendered.
    """
    readers = Counter(out for use in graph.nodes.values() for out in set(use.outs()))
    kept = {target.out for target in graph.targets} | {out for each in graph.expects for out in each.outs}
    return frozenset(out for out, times in readers.items() if times == 1 and out not in kept)


def fuse_neighbours(
    graph: Graph, names: Iterable[str], effects: Mapping[str, Effect], fusible: Container[Out]
) -> list[Fused]:
    """Effects in topological order; rows that can be fused become one, in the place of the last node."""
    rows: dict[str, Fused] = {}
    for name in names:
        feeds = graph.nodes[name].outs()
        before = rows.get(feeds[0][0]) if len(feeds) == 1 and feeds[0] in fusible else None
        both = _both(before.effect, effects[name]) if before else None
        if before and both:
            del rows[feeds[0][0]]
            before.nodes.append(name)
            rows[name] = Fused(before.nodes, both)
        else:
            rows[name] = Fused([name], effects[name])
    return list(rows.values())
