"""A built graph: nodes in topological order, their values and connections, and the outputs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

from audiograph.graph.limits import NONE, Limits
from audiograph.language.bounds import Bounds
from audiograph.language.moment import moments
from audiograph.language.parameter import Param
from audiograph.node import NodeType

Out = tuple[str, str]  # (node, output port)


@dataclass(frozen=True)
class NodeUse:
    """One node of a graph."""

    type: NodeType
    values: Mapping[str, Any]  # of the parameters that are given
    feeds: Mapping[str, tuple[Out, ...]]  # input port -> the outputs connected to it
    where: str  # "song.yaml:12"
    lines: Mapping[str, str] = field(default_factory=dict)  # key -> where it was written, or a Setting

    def place(self, path: Sequence[str | int]) -> str:
        """Where the value at this path, of parameter, row and column, was written; else what is around it."""
        for length in range(len(path), 0, -1):
            if where := self.lines.get(".".join(map(str, path[:length]))):
                return where
        return self.where

    def outs(self) -> list[Out]:
        """Every output connected to the node."""
        return [out for outs in self.feeds.values() for out in outs]

    def sources(self) -> list[Out]:
        """The outputs connected to each input, in port order.

        An optional input that is not connected takes the source of the first input.
        """
        return [out for port in self.type.inputs for out in self.feeds.get(port.name) or self.outs()[:1]]

    @cached_property
    def needs(self) -> set[str]:
        """Every node that must be set up before this one: its sources, and those its moments refer to."""
        referred = {moment.node for value in self.values.values() for moment in moments(value)}
        return {node for node, _ in self.outs()} | referred


class Target(NamedTuple):
    """One output of a graph, which becomes one file."""

    name: str  # empty if the graph has only one output
    out: Out
    file: Path | None  # where the graph says to write it
    options: Mapping[str, Any]  # bits, bitrate, format, title...
    where: str


class Expectation(NamedTuple):
    """A measured figure of the graph's sound, and the bounds it must keep."""

    label: str  # as written: "loudness", "speech over music"
    figure: str  # a key of graph.expect.FIGURES, or "over"
    outs: tuple[Out, ...]  # one; two for "over", which compares the first with the second
    bounds: Bounds
    mono: Bounds  # for a mono sound: a named loudness target may differ there
    where: str
    target: str | None = None  # the name of the output, if the figure is of an output


@dataclass(frozen=True)
class Graph:
    """A whole graph, checked and linked."""

    nodes: Mapping[str, NodeUse]  # in topological order
    targets: tuple[Target, ...]
    rate: int | None  # Hz, if the file sets it
    about: str = ""
    params: Mapping[str, tuple[Param, Any]] = field(default_factory=dict)  # with their values
    unused: tuple[str, ...] = ()  # nodes that no output depends on
    expects: tuple[Expectation, ...] = ()
    files: tuple[Path, ...] = ()  # that it was made of: its own, recipes, nodes; not its sounds
    limits: Limits = NONE  # of the job it was built for

    @cached_property
    def hearers(self) -> Mapping[str, frozenset[str]]:
        """The types of the nodes that each node feeds, and "" for an output."""
        types: dict[str, set[str]] = {name: set() for name in self.nodes}
        for use in self.nodes.values():
            for node, _ in use.outs():
                types[node].add(use.type.name)
        for target in self.targets:
            types[target.out[0]].add("")
        return {name: frozenset(each) for name, each in types.items()}

    @cached_property
    def places(self) -> Mapping[str, int]:
        """The place of each node in the order."""
        return {name: place for place, name in enumerate(self.nodes)}
