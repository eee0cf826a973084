"""What a graph is once it is read: nodes in order, their values, what feeds them, what goes out."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

from audiograph.language.bounds import Bounds
from audiograph.language.parameter import Param
from audiograph.language.quantity import moments
from audiograph.node import NodeType

Out = tuple[str, str]  # (node, output port)


@dataclass(frozen=True)
class NodeUse:
    """One node of the graph: a type at work."""

    type: NodeType
    values: Mapping[str, Any]  # of the parameters that are given
    feeds: Mapping[str, tuple[Out, ...]]  # input port -> all that feeds it
    where: str  # "song.yaml:12"
    lines: Mapping[str, str] = field(default_factory=dict)  # key -> where it was written

    def outs(self) -> list[Out]:
        """Every output that feeds it."""
        return [out for outs in self.feeds.values() for out in outs]

    def hears(self) -> list[Out]:
        """What each input hears, in order; an optional one left out hears what the first does."""
        return [out for port in self.type.inputs for out in self.feeds.get(port.name) or self.outs()[:1]]

    @cached_property
    def needs(self) -> set[str]:
        """Every node that must be known before this one can be set up."""
        told = {moment.node for value in self.values.values() for moment in moments(value)}
        return {node for node, _ in self.outs()} | told


class Target(NamedTuple):
    """One file the graph is to give."""

    name: str  # of the output; empty where there is only one
    out: Out
    file: Path | None  # where the graph says to write it
    options: Mapping[str, Any]  # bits, bitrate, format, title...
    where: str


class Expectation(NamedTuple):
    """What must hold of a sound of the graph."""

    label: str  # as it was written: "loudness", "speech over music"
    figure: str  # of graph.expect.FIGURES, or "over"
    outs: tuple[Out, ...]  # one, or two of which the first is over the second
    bounds: Bounds
    mono: Bounds  # where the sound is mono, for which a target by name may be another
    where: str
    target: str | None = None  # the name of the output, where it is one that is meant


@dataclass(frozen=True)
class Graph:
    """A whole graph, checked and linked."""

    nodes: Mapping[str, NodeUse]  # in topological order
    targets: tuple[Target, ...]
    rate: int | None  # Hz, where the file sets one
    about: str = ""
    params: Mapping[str, tuple[Param, Any]] = field(default_factory=dict)  # with their values
    unheard: tuple[str, ...] = ()  # nodes that no output needs
    expects: tuple[Expectation, ...] = ()
