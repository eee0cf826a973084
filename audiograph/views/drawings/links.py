"""The boxes and arrows of a drawing."""

from collections.abc import Iterator
from typing import NamedTuple

from audiograph.graph import Graph
from audiograph.language.moment import moments


class Box(NamedTuple):
    """A node or an output file."""

    name: str
    type: str
    kind: str  # "effect", "timeline" or "file"; "unused" for a node not used by any output


class Arrow(NamedTuple):
    """An arrow from one box to another."""

    source: str
    target: str
    label: str = ""  # the port, unless it is the first
    sounds: bool = True  # False: the target only refers to the time of the source


def boxes(graph: Graph) -> dict[str, Box]:
    """Every box by its key."""
    unused = set(graph.unused)
    nodes = {
        name: Box(
            name,
            use.type.name,
            "unused" if name in unused else "effect" if use.type.is_effect else "timeline",
        )
        for name, use in graph.nodes.items()
    }
    files = {
        f"> {target.name}": Box(
            target.name or (target.file.name if target.file else "output"), "file", "file"
        )
        for target in graph.targets
    }
    return nodes | files


def arrows(graph: Graph) -> list[Arrow]:
    """Every arrow once."""
    return list(dict.fromkeys(_arrows(graph)))


def _arrows(graph: Graph) -> Iterator[Arrow]:
    for name, use in graph.nodes.items():
        first = use.type.inputs[0].name if use.type.inputs else ""
        for port, outs in use.feeds.items():
            for node, out in outs:
                yield Arrow(
                    node, name, " > ".join(part for part in (out, port) if part not in ("out", first))
                )
        referred = {moment.node for value in use.values.values() for moment in moments(value)}
        yield from (Arrow(node, name, sounds=False) for node in sorted(referred))
    for target in graph.targets:
        node, out = target.out
        yield Arrow(node, f"> {target.name}", "" if out == "out" else out)
