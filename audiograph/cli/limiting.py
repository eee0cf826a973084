"""The options for graphs that somebody else wrote: a jail for their files, and how much they may take."""

import re
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from audiograph.graph import Limits

_SIZE = re.compile(r"(\d+(?:\.\d+)?) ?(k|M|G|T)?B?", re.IGNORECASE)
_SCALES = {"": 1, "k": 10**3, "m": 10**6, "g": 10**9, "t": 10**12}
LONGEST = 1e9  # seconds


class Size(click.ParamType):  # type: ignore[type-arg]
    """A number of bytes, as "500 MB"."""

    name = "size"

    def convert(self, value: Any, param: click.Parameter | None, context: click.Context | None) -> int:
        match = _SIZE.fullmatch(str(value).strip())
        size = int(float(match[1]) * _SCALES[(match[2] or "").lower()]) if match else 0
        if not size:
            self.fail(f"{value!r} is not a size in bytes, such as 500 MB", param, context)
        return size


class Time(click.ParamType):  # type: ignore[type-arg]
    """A time in seconds, as "10 min"."""

    name = "time"

    def convert(self, value: Any, param: click.Parameter | None, context: click.Context | None) -> float:
        from audiograph.language.parameter import Quantity
        from audiograph.language.quantity import Wrong

        try:
            return float(Quantity(None, "", "s", 0.001, LONGEST).read(value))
        except Wrong as error:
            self.fail(str(error), param, context)


_OPTIONS = (
    click.option(
        "--jail",
        type=click.Path(exists=True, file_okay=False, path_type=Path),
        metavar="FOLDER",
        help="Read and write no file outside FOLDER, whatever the graph, a link or another option says.",
    ),
    click.option("--max-duration", type=Time(), help="Refuse a graph in which any sound lasts longer."),
    click.option("--max-nodes", type=click.IntRange(1), metavar="N", help="Refuse a graph of more nodes."),
    click.option("--max-memory", type=Size(), help="Stop where buffers take more, such as 500 MB."),
    click.option("--max-seconds", type=Time(), help="Stop when the work takes longer."),
)


def limiting(command: Callable[..., Any]) -> Any:
    """Add --jail and the other options of `Limits`; the command takes all of them as `limits`."""

    @wraps(command)
    def limited(
        jail: Path | None,
        max_duration: float | None,
        max_nodes: int | None,
        max_memory: int | None,
        max_seconds: float | None,
        **others: Any,
    ) -> Any:
        from audiograph.graph.limits import Limits

        limits = Limits(jail, max_duration, max_nodes, max_memory, max_seconds)
        return command(limits=limits.started(), **others)

    decorated: Any = limited
    for option in reversed(_OPTIONS):
        decorated = option(decorated)
    return decorated


def check_jailed(limits: "Limits", option: str, path: Path, *, writing: bool) -> None:
    """Raises UsageError for a file that was given with `option`, or as it, and is outside the jail."""
    if why := limits.outside(path, writing=writing):
        raise click.UsageError(f"{option}: {path} {why}")
