"""The order in which nodes can be set up, each after all that it needs."""

from collections.abc import Mapping, Sequence

from audiograph.errors import Problem
from audiograph.graph.model import NodeUse, Out


def in_order(uses: Mapping[str, NodeUse], problems: list[Problem]) -> dict[str, NodeUse]:
    """The nodes in topological order, else in the order of the file; circles are noted as problems."""
    if _is_ordered(uses):
        return dict(uses)
    import networkx as nx  # here, as it takes longer to import than all else that `check` needs

    links: nx.DiGraph[str] = nx.DiGraph()
    links.add_nodes_from(uses)
    links.add_edges_from(
        (other, name) for name, use in uses.items() for other in sorted(use.needs) if other in uses
    )
    place = {name: place for place, name in enumerate(uses)}
    try:
        return {
            name: uses[name] for name in nx.lexicographical_topological_sort(links, key=place.__getitem__)
        }
    except nx.NetworkXUnfeasible:
        for circle in _circles(links):
            first = min(circle, key=place.__getitem__)
            turn = circle.index(first)
            path = " > ".join([*circle[turn:], *circle[:turn], first])
            problems.append(Problem(uses[first].where, first, f"waits for itself: {path}"))
        return dict(uses)


def _is_ordered(uses: Mapping[str, NodeUse]) -> bool:
    """Whether each node stands after all that it needs."""
    before: set[str] = set()
    for name, use in uses.items():
        if any(other in uses and other not in before for other in use.needs):
            return False
        before.add(name)
    return True


def _circles(links: "nx.DiGraph[str]") -> list[list[str]]:  # type: ignore[name-defined] # noqa: F821
    """One circle of each knot of nodes that wait for each other."""
    import networkx as nx

    knots = [knot for knot in nx.strongly_connected_components(links) if len(knot) > 1]
    knots += [{node} for node in nx.nodes_with_selfloops(links)]
    return [[first for first, _ in nx.find_cycle(links.subgraph(knot))] for knot in knots]


def unheard(uses: Mapping[str, NodeUse], outs: Sequence[Out]) -> tuple[str, ...]:
    """Nodes that no output needs."""
    heard: set[str] = set()
    waiting = [node for node, _ in outs]
    while waiting:
        name = waiting.pop()
        if name not in heard:
            heard.add(name)
            waiting += uses[name].needs
    return tuple(name for name in uses if name not in heard)
