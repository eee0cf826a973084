"""A plan as rows, one per node: its type, inputs, length, latency and values."""

from collections.abc import Iterator, Mapping
from itertools import count, product
from pathlib import Path
from string import ascii_uppercase
from typing import Any, NamedTuple

from audiograph.graph import NodeUse, Out
from audiograph.language.parameter import Param
from audiograph.language.quantity import Wrong
from audiograph.language.rows import Rows
from audiograph.plan import Plan
from audiograph.plan.clocks import inside


class Row(NamedTuple):
    """A node of a plan. Times are in frames."""

    name: str
    type: str
    where: str
    feeds: Mapping[str, tuple[str, ...]]  # input port -> its sources
    channels: tuple[int, ...]  # of each output
    frames: int | None  # None: endless
    start: int
    latency: int
    regions: tuple[str, ...]  # the letter of each region it runs in; empty for a timeline node
    opened: int  # times it is opened or run when every output is rendered once
    values: Mapping[str, str]  # that differ from the defaults, as written in a graph file


def rows(plan: Plan) -> Iterator[Row]:
    """Every node in the order of the plan."""
    opened, running = plan.openings(), regions(plan)
    for name, use in plan.graph.nodes.items():
        sounds = [plan.streams[name, port] for port in use.type.outputs]
        yield Row(
            name,
            use.type.name,
            use.where,
            {port: tuple(map(_source_name, outs)) for port, outs in use.feeds.items() if outs},
            tuple(sound.channels for sound in sounds),
            sounds[0].frames,
            sounds[0].start,
            plan.effects[name].latency if name in plan.effects else 0,
            tuple(letter for letter, names in running.items() if name in names),
            opened[name],
            dict(_values(use, use.values)),
        )


def regions(plan: Plan) -> dict[str, list[str]]:
    """Letter -> the effects that run in lockstep: those before the outputs, and before each timeline node."""
    graph = plan.graph
    sinks = [[target.out for target in graph.targets]]
    sinks += [[out] for use in graph.nodes.values() if not use.type.is_effect for out in use.sources()]
    groups = {tuple(inside(graph, outs)) for outs in sinks} - {()}
    place = {name: place for place, name in enumerate(graph.nodes)}
    ordered = sorted(groups, key=lambda names: [place[name] for name in names])
    return dict(zip(_letters(), map(list, ordered), strict=False))


def _letters() -> Iterator[str]:
    """A, B ... Z, AA, AB ..."""
    for length in count(1):
        yield from map("".join, product(ascii_uppercase, repeat=length))


def _source_name(out: Out) -> str:
    node, port = out
    return node if port == "out" else f"{node}.{port}"


def _values(use: NodeUse, values: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for key, value in values.items():
        param = use.type.params[key]
        if not _is_default(param, value):
            yield key, shown(param, value)


def _is_default(param: Param, value: Any) -> bool:
    try:
        return bool(value == param.default or value == param.read(param.default))
    except Wrong:
        return False


def shown(param: Param, value: Any) -> str:
    """A value as in a graph file; paths relative to the current folder."""
    if isinstance(param, Rows):
        return f"[{', '.join(_row(param, row) for row in value)}]"
    if isinstance(value, Path):
        here = Path.cwd()
        return str(value.relative_to(here) if value.is_relative_to(here) else value)
    return param.shown(value)


def _row(param: Rows, row: Mapping[str, Any]) -> str:
    given = {key: value for key, value in row.items() if not _is_default(param.columns[key], value)}
    return f"{{{', '.join(f'{key}: {shown(param.columns[key], value)}' for key, value in given.items())}}}"
