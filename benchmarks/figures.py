"""The bar charts of docs/performance.svg, taken from the results."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from benchmarks.nodes import PEERS
from benchmarks.picture import Panel

Row = Mapping[str, Any]


def panels(found: Mapping[str, Any]) -> list[Panel]:
    """One or more panels for each part that was measured."""
    made = [*_reference(found.get("reference")), *_tracks(found.get("tracks")), *_nodes(found.get("nodes"))]
    return [panel for panel in made if panel.groups]


def _reference(found: Mapping[str, Any] | None) -> Iterator[Panel]:
    if found:
        about = "times real time; longer is better; tools that did other work are not shown"
        yield Panel("The reference mix, whole processes", about, _speeds(found["rows"], "process"))
        about = "times real time; floor: reads, resamples and writes the same files, and computes no mix"
        yield Panel("The same in one process, warm, on one core", about, _speeds(found["rows"], "warm"))
        yield Panel("The same on all cores", about, _speeds(found["rows"], "cores"))


def _tracks(found: Mapping[str, Any] | None) -> Iterator[Panel]:
    if found:
        ways = {"process": "whole processes", "warm": "warm, on one core", "cores": "warm, on all cores"}
        groups = {text: bars for how, text in ways.items() for bars in _speeds(found["rows"], how).values()}
        about = "each with EQ, compressor and pan; times real time; longer is better"
        yield Panel(f"{found['count']} tracks into one bus", about, groups)


def _nodes(found: Mapping[str, Any] | None) -> Iterator[Panel]:
    if found:
        rows = [row for row in found["rows"] if row["ratio"] is not None and row["limit"]]
        groups = {row["name"]: _times(row, found["block"]) for row in rows}
        about = (
            "ns per stereo frame, on one core; shorter is better; beside the fastest peer that does the same"
        )
        yield Panel("Node by node", about, groups)


def _speeds(rows: Sequence[Row], how: str) -> dict[str, dict[str, float]]:
    """Speeds by length, then by tool."""
    found: dict[str, dict[str, float]] = {}
    for row in rows:
        if row["how"] == how and row["speed"] is not None:
            found.setdefault(duration(row["length"]), {})[row["tool"]] = row["speed"]
    return found


def _times(row: Row, block: int) -> dict[str, float]:
    tool, best = fastest(row)
    return {"audiograph": row[f"{block}"], tool: best}


def fastest(row: Row) -> tuple[str, float]:
    """The fastest peer for a node, of those that do the same work, and its ns per frame."""
    unlike = row["unlike"] or ""
    times = {name: row[name] for name in PEERS if name in row and name not in unlike}
    tool = min(times, key=times.__getitem__)
    return tool, times[tool]


def duration(seconds: float) -> str:
    """Text such as 10 s, 10 min, 3 h."""
    for size, unit in ((3600, "h"), (60, "min")):
        if seconds > size and seconds % size == 0:
            return f"{seconds // size:g} {unit}"
    return f"{seconds:g} s"
