"""Text → document → graph → plan: everything that can be wrong is found here, before any sound."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, Union

from audiograph import graph
from audiograph.audiofile.names import resolved
from audiograph.engine.run import planned
from audiograph.errors import GraphError, Problem, WrongArgument
from audiograph.graph import RATE
from audiograph.graph.catalog import catalog
from audiograph.graph.limits import NONE, Limits
from audiograph.language import document
from audiograph.language.quantity import Wrong
from audiograph.machine_code.process import paused_collector
from audiograph.plan import BLOCK, Plan
from audiograph.rendering.arguments import paths, whole_number

if TYPE_CHECKING:
    from audiograph.language.mix import Mix  # most graphs are files, and this takes 4 ms


class GraphText(NamedTuple):
    """A graph that has no file: its text in UTF-8, and what to call it in messages."""

    text: bytes
    name: str


# the path of a file, text with a line break, text with a name, or a graph built in Python
Source = Union[Path, str, GraphText, "Mix"]


def load(
    source: Source,
    settings: Mapping[str, Any] | None = None,
    *,
    rate: int | str | None = None,
    block: int = BLOCK,
    nodes: Sequence[Path] = (),
    fold: bool = True,
    limits: Limits = NONE,
) -> Plan:
    """The plan of a graph; GraphError lists everything wrong with it.

    Raises LimitError or Cancelled where the limits end the work; their time begins where they were `started`.
    """
    block, nodes = whole_number("block", block, 1), paths(nodes)
    with paused_collector():  # there is no garbage to collect: looking doubles the time of 10,000 nodes
        text, folder, own = _read(source, limits)
        built = graph.build(text, catalog(nodes), settings, folder, limits=limits)
        built = replace(built, files=(*own, *map(resolved, nodes), *built.files))
        return planned(built, rate=_hz(rate), block=block, fold=fold)


def _read(source: Source, limits: Limits) -> tuple[document.Entry, Path, list[Path]]:
    """The document of a graph, the folder that its relative paths begin at, and its file, if it has one."""
    if isinstance(source, GraphText):
        return document.parse(*source), Path(), []
    if hasattr(source, "document"):
        return source.document(), Path(), []
    if not isinstance(source, (str, Path)):
        kind = type(source).__name__
        raise WrongArgument(f"a graph is the path of its file, its text, or a Mix, not {kind}")
    if isinstance(source, str) and "\n" in source:
        return document.parse(source, "mix"), Path(), []
    path = Path(source)
    if why := limits.outside(path):
        raise GraphError([Problem(str(path), "", why)])
    text, file = document.load(path), path.resolve()
    return text, file.parent, [file]


def _hz(rate: int | str | None) -> int | None:
    """A rate in Hz, given as 48000 or "48 kHz"."""
    try:
        return None if rate is None else round(RATE.read(rate))
    except Wrong as error:
        raise GraphError([Problem("", "rate", str(error))]) from None
