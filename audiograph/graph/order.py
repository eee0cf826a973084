"""The order in which nodes are set up: each one after all that it needs."""

from collections.abc import Mapping, Sequence

from audiograph.errors import Problem
from audiograph.graph.diagnostics import shortened
from audiograph.graph.model import NodeUse, Out


def in_order(uses: Mapping[str, NodeUse], problems: list[Problem]) -> dict[str, NodeUse]:
    """The nodes in topological order. If there are cycles: as they came, and a problem for each cycle."""
    if _is_ordered(uses):
        return dict(uses)
    import networkx as nx  # slow to import, and most graphs are written in order

    links: nx.DiGraph[str] = nx.DiGraph()
    links.add_nodes_from(uses)
    links.add_edges_from(
        (other, name) for name, use in uses.items() for other in sorted(use.needs) if other in uses
    )
    position = {name: index for index, name in enumerate(uses)}
    try:
        return {
            name: uses[name] for name in nx.lexicographical_topological_sort(links, key=position.__getitem__)
        }
    except nx.NetworkXUnfeasible:
        for cycle in _cycles(links):
            first = min(cycle, key=position.__getitem__)
            start = cycle.index(first)
            path = " > ".join(shortened([*cycle[start:], *cycle[:start], first]))
            problems.append(Problem(uses[first].where, first, f"cycle: {path}"))
        return dict(uses)


def _is_ordered(uses: Mapping[str, NodeUse]) -> bool:
    """Whether each node comes after all that it needs."""
    before: set[str] = set()
    for name, use in uses.items():
        if any(other in uses and other not in before for other in use.needs):
            return False
        before.add(name)
    return True


def _cycles(links: "nx.DiGraph[str]") -> list[list[str]]:  # type: ignore[name-defined] # noqa: F821
    """One cycle of each strongly connected component."""
    import networkx as nx

    components = [nodes for nodes in nx.strongly_connected_components(links) if len(nodes) > 1]
    components += [{node} for node in nx.nodes_with_selfloops(links)]
    return [[source for source, _ in nx.find_cycle(links.subgraph(nodes))] for nodes in components]


def unused(uses: Mapping[str, NodeUse], outs: Sequence[Out]) -> tuple[str, ...]:
    """Nodes that none of `outs` depends on."""
    used: set[str] = set()
    pending = [node for node, _ in outs]
    while pending:
        name = pending.pop()
        if name not in used:
            used.add(name)
            pending += uses[name].needs
    return tuple(name for name in uses if name not in used)
