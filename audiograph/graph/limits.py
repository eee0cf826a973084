"""Limits of a job: which files its graph may touch, and how much it may take. For graphs of strangers."""

from dataclasses import dataclass, field, replace
from math import inf
from numbers import Real
from os import PathLike
from pathlib import Path
from time import monotonic
from typing import Protocol

from audiograph.audiofile.names import is_folder, resolved
from audiograph.errors import Cancelled, GraphError, LimitError, Problem
from audiograph.language.quantity import brief, shown


class Cancel(Protocol):
    """What asks a job to stop, from any thread: a `threading.Event`, or anything with this method."""

    def is_set(self) -> bool:
        """Whether the job is to stop."""


@dataclass(frozen=True)
class Limits:
    """Where the files of a graph may be, and how much planning and rendering it may take.

    With a `jail`, no file outside this folder is read or written for the graph,
    whatever path, link or recipe leads there. `max_duration` is that of the sound
    of any node, `max_nodes` counts recipes by the nodes they are made of,
    `max_memory` is for buffers and for results in memory, and `max_seconds` is the
    time of planning and rendering together. What is None has no limit.

    Raises GraphError for a jail that is no folder, and for figures that are not above 0.
    """

    jail: str | PathLike[str] | None = None
    max_duration: float | None = None  # seconds of sound
    max_nodes: int | None = None
    max_memory: int | None = None  # bytes
    max_seconds: float | None = None  # of work
    cancel: Cancel | None = None
    readable: tuple[Path, ...] = field(default=(), repr=False)  # folders outside the jail: audiograph's own
    until: float = field(default=inf, repr=False)  # when the seconds are over, by time.monotonic()

    def __post_init__(self) -> None:
        if self.jail is not None:
            if not isinstance(self.jail, (str, PathLike)):
                raise GraphError([Problem("", "jail", f"{brief(self.jail)} is not the path of a folder")])
            folder = resolved(Path(self.jail))
            if not str(self.jail) or not is_folder(folder):
                raise GraphError([Problem("", "jail", f"{self.jail} is not a folder")])
            object.__setattr__(self, "jail", folder)
        for name in ("max_duration", "max_nodes", "max_memory", "max_seconds"):
            most = getattr(self, name)
            if most is not None and not (isinstance(most, Real) and _is_positive(most)):
                raise GraphError([Problem("", name, f"{brief(most)} is not a number above 0")])
        if self.cancel is not None and not callable(getattr(self.cancel, "is_set", None)):
            what = f"{brief(self.cancel)} has no is_set(), as a threading.Event has"
            raise GraphError([Problem("", "cancel", what)])

    def started(self) -> "Limits":
        """The same limits for a job that begins now."""
        return self if self.max_seconds is None else replace(self, until=monotonic() + self.max_seconds)

    def untimed(self) -> "Limits":
        """The same limits without one of time."""
        return replace(self, until=inf)

    def reading(self, *folders: Path) -> "Limits":
        """The same limits, but files in these folders may be read, too."""
        return replace(self, readable=(*self.readable, *map(resolved, folders))) if self.jail else self

    def outside(self, path: Path, *, writing: bool = False) -> str:
        """Why the file at `path` may not be read, or written; empty if it may. Links are followed."""
        if self.jail is None:
            return ""
        real = resolved(path)
        homes = (Path(self.jail), *(() if writing else self.readable))
        return "" if any(real.is_relative_to(home) for home in homes) else "is outside the jail"

    @property
    def are_timed(self) -> bool:
        """Whether `check` may ever raise."""
        return self.cancel is not None or self.until < inf

    def check(self, where: str, node: str) -> None:
        """Raises Cancelled, or LimitError where the time is over, while `node` is at work."""
        if self.cancel is not None and self.cancel.is_set():
            raise Cancelled(Problem(where, node, "is cancelled"))
        if self.max_seconds is not None and monotonic() > self.until:
            most = shown(self.max_seconds, "s")
            what = f"is at work when {most} of planning and rendering are over, which max_seconds allows"
            raise LimitError("max_seconds", Problem(where, node, what))

    def check_nodes(self, count: int, where: str, node: str) -> None:
        """Raises LimitError where a graph has that many nodes, `node` being the last of them."""
        if self.max_nodes is not None and count > self.max_nodes:
            what = f"is node {count} of the graph, and max_nodes allows {self.max_nodes}"
            raise LimitError("max_nodes", Problem(where, node, what))

    def check_duration(self, seconds: float, where: str, node: str) -> None:
        """Raises LimitError where the sound of a node lasts so long."""
        if self.max_duration is not None and seconds > self.max_duration:
            most = shown(self.max_duration, "s")
            what = f"lasts {shown(round(seconds, 3), 's')}, and max_duration allows {most}"
            raise LimitError("max_duration", Problem(where, node, what))

    def check_memory(self, size: int, where: str, node: str) -> None:
        """Raises LimitError where `node` takes that many bytes, with what the job has taken before."""
        if self.max_memory is not None and size > self.max_memory:
            most, taken = (f"{each / 1e6:.3g} MB" for each in (self.max_memory, size))
            what = f"takes {taken} of memory, and max_memory allows {most}"
            raise LimitError("max_memory", Problem(where, node, what))


def _is_positive(number: Real) -> bool:
    try:
        return float(number) > 0 and not isinstance(number, bool)
    except OverflowError:
        return False


NONE = Limits()
