"""What is to be drawn: boxes, and the arrows between them."""

from collections.abc import Iterator
from typing import NamedTuple

from audiograph.graph import Graph
from audiograph.language.quantity import moments


class Box(NamedTuple):
    """A node, or a file that comes out."""

    name: str
    type: str
    kind: str  # "effect", "timeline" or "file"; "unheard" where no output hears it


class Arrow(NamedTuple):
    """From one box to another."""

    source: str
    target: str
    label: str = ""  # the port, where it is not the first
    sounds: bool = True  # whether sound flows, or only a time is told


def boxes(graph: Graph) -> dict[str, Box]:
    """Every box by its key."""
    unheard = set(graph.unused)
    nodes = {
        name: Box(
            name,
            use.type.name,
            "unheard" if name in unheard else "effect" if use.type.is_effect else "timeline",
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
        told = {moment.node for value in use.values.values() for moment in moments(value)}
        yield from (Arrow(node, name, sounds=False) for node in sorted(told))
    for target in graph.targets:
        node, out = target.out
        yield Arrow(node, f"> {target.name}", "" if out == "out" else out)
