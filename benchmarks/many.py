"""Graphs of one to ten thousand nodes: the time to read, build, order, plan and render them.

A chain of gains, not fused, and as many gains side by side into one sum; one second of sound.
Each stage is timed separately. `order` is the sorting of the nodes by networkx, which
is not counted in `build`.
"""

from collections.abc import Callable, Sequence
from pathlib import Path
from time import perf_counter
from typing import Any, TypeVar

from audiograph import graph
from audiograph.engine.run import planned
from audiograph.errors import GraphError
from audiograph.graph.catalog import catalog
from audiograph.graph.order import in_order
from audiograph.language import document
from audiograph.rendering.files import render
from audiograph.rendering.outputs import output_files
from benchmarks.report import middle, show
from benchmarks.turns import in_turn, one_core

COUNTS = (1, 10, 100, 1000, 10_000)
STAGES = ("read", "build", "order", "plan", "render")
Row = dict[str, Any]
Found = TypeVar("Found")


def many(folder: Path, rounds: int, counts: Sequence[int] = COUNTS) -> list[Row]:
    """Measure and print; a row for each graph."""
    shapes = {"chain": chain, "side by side": side_by_side}
    with one_core():
        rows = [
            _row(name, count, write(count), folder / "many.wav", rounds)
            for name, write in shapes.items()
            for count in counts
        ]
    columns = {"shape": "shape", "nodes": "nodes|,d"}
    columns |= {stage: f"{stage} ms|,.1f" for stage in STAGES}
    columns |= {"total": "total ms|,.1f", "each": "us per node|,.1f", "note": "note"}
    show("graphs of many nodes, 1 s of sound, in one process, warm, on one core", rows, columns)
    return rows


def chain(count: int) -> str:
    """A chain of gains."""
    gains = "".join(f"  g{n}: {{use: gain, in: g{n - 1}, level: -0.001 dB}}\n" for n in range(1, count + 1))
    return f"nodes:\n  g0: {{use: tone, length: 1 s}}\n{gains}output: g{count}\n"


def side_by_side(count: int) -> str:
    """Many gains of one tone, all summed."""
    gains = "".join(f"  g{n}: {{use: gain, in: t, level: -90 dB}}\n" for n in range(count))
    names = ", ".join(f"g{n}" for n in range(count))
    return (
        f"nodes:\n  t: {{use: tone, length: 1 s}}\n{gains}  all: {{use: sum, in: [{names}]}}\noutput: all\n"
    )


def _row(shape: str, count: int, text: str, out: Path, rounds: int) -> Row:
    named = {"shape": shape, "nodes": count}
    try:
        found = in_turn({"": lambda: _stages(text, out)}, rounds if count < 10_000 else 0)[""]
    except GraphError as error:
        return {**named, "note": f"refused: {error.problems[0].what}"}
    taken = {stage: middle([each[stage] for each in found]) for stage in STAGES}
    total = sum(taken.values())
    return {**named, **taken, "total": total, "each": total / count * 1000, "rounds": found}


def _stages(text: str, out: Path) -> dict[str, float]:
    """Milliseconds of each stage."""
    read, parsed = _taken(lambda: document.parse(text, "many"))
    build, built = _taken(lambda: graph.build(parsed, catalog()))
    order, _ = _taken(lambda: in_order(built.nodes, []))
    planning, plan = _taken(lambda: planned(built, fold=False))
    rendering, _ = _taken(lambda: render(plan, output_files(plan, "many", out)))
    return {"read": read, "build": build - order, "order": order, "plan": planning, "render": rendering}


def _taken(work: Callable[[], Found]) -> tuple[float, Found]:
    begun = perf_counter()
    found = work()
    return (perf_counter() - begun) * 1000, found
