"""Finding: what effects must hear before they act, and in which order it can be heard."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple

from audiograph.graph import Graph, Out
from audiograph.node import Effect, Listener
from audiograph.sound import Sound


class Hearing(NamedTuple):
    """A sound that must be heard, and who listens."""

    out: Out
    listener: Callable[[Sound], Listener]


def hearing(graph: Graph, node: str, effect: Effect) -> Hearing | None:
    """What an effect must hear before it acts; None if nothing."""
    find = effect.find
    return find and Hearing(graph.nodes[node].sources()[find.input], find.listener)


def rounds(graph: Graph, effects: Mapping[str, Effect], outs: Iterable[Out]) -> Sequence[Sequence[Hearing]]:
    """What must be heard before `outs` can play, each round in one pass.

    What is heard in a round may itself need what the rounds before it found.
    """
    upstream = _upstream(graph, {node for node, _ in outs})
    after: dict[str, int] = {}  # of each node: the rounds that come before it plays
    found: list[dict[Hearing, None]] = []
    for name in (name for name in graph.nodes if name in upstream):
        needed = max((after[node] for node, _ in graph.nodes[name].outs()), default=0)
        first = hearing(graph, name, effects[name]) if name in effects else None
        if first:
            number = after[first.out[0]]
            found += [{} for _ in range(number + 1 - len(found))]
            found[number][first] = None
            needed = max(needed, number + 1)
        after[name] = needed
    return [list(each) for each in found]


def sources(graph: Graph, outs: Iterable[Out]) -> list[Out]:
    """The outputs of the nodes without inputs that some outputs are made of."""
    names = [name for name in _upstream(graph, {node for node, _ in outs}) if not graph.nodes[name].outs()]
    return [(name, port) for name in names for port in graph.nodes[name].type.outputs]


def _upstream(graph: Graph, names: set[str]) -> set[str]:
    """These nodes and all whose sound they are made of."""
    for name in reversed(list(graph.nodes)):
        if name in names:
            names |= {node for node, _ in graph.nodes[name].outs()}
    return names
