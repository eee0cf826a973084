"""Everything that is wrong with a graph, collected so that all of it is reported at once."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from audiograph.errors import GraphError, Problem, Setting, nearest
from audiograph.graph.limits import NONE, Limits
from audiograph.graph.places import line_of
from audiograph.graph.scope import Scope
from audiograph.graph.values import read
from audiograph.language.document import Entry, located
from audiograph.language.parameter import Param
from audiograph.language.quantity import Wrong, brief, wrong

MOST_NAMES = 40  # that a message lists
MOST = 1000  # problems that are reported together; each looks for the nearest of all names
COMMA = "has no value: text with a comma needs quotes, several names need [brackets], numbers a point"


class Diagnostics:
    """Collects the problems of a graph while it is built, within the limits of the job."""

    def __init__(self, limits: Limits = NONE) -> None:
        self.problems: list[Problem] = []
        self.limits = limits

    def problem(self, where: str, node: str, what: str, missing: str = "") -> None:
        """Add one problem. Raises GraphError with all of them where there are too many to read."""
        self.limits.check(where, node)
        self.problems.append(Problem(where, node, what, missing))
        if len(self.problems) >= MOST:
            more = Problem("", "", f"there may be more problems than these {MOST}")
            raise GraphError([*in_file_order(self.problems), more])

    def wrong(self, error: Wrong, raw: Any, where: str, node: str, key: str = "", more: str = "") -> None:
        """Add the faults of a value, each at the line where that part of it was written."""
        for path, what in error.parts:
            self.problem(located(raw, path, where), node, f"{key}: {what}{more}" if key else f"{what}{more}")

    def unknown_keys(self, entry: Entry, known: Iterable[str], node: str) -> None:
        """Add a problem for each key of `entry` that is not in `known`."""
        names = list(known)
        for key in entry:
            if key not in names:
                self.problem(entry.at(key), node, unknown_key(entry, key, names))

    def value(
        self, param: Param, raw: Any, scope: Scope, node: str, key: str, where: str, more: str = ""
    ) -> Any:
        """The value of `raw`; if it cannot be read, None, and a problem whose text ends with `more`.

        A file outside the jail of the job cannot be read.
        """
        if raw is None:
            return None
        try:
            value = read(param, raw, scope.names, scope.folder, scope.prefix)
            if isinstance(value, Path) and (why := self.limits.outside(value)):
                raise wrong(f"{brief(str(raw))} {why}")
            return value
        except Wrong as error:
            self.wrong(error, raw, where, node, key, more)
            return None

    def section(self, document: Entry, key: str) -> Entry:
        """The mapping `key` at the top level of a file; empty if it is absent or not a mapping."""
        section = document.get(key)
        if section is not None and not isinstance(section, Entry):
            self.problem(document.at(key), "", f"{key}: is not a mapping of names")
        return section if isinstance(section, Entry) else Entry()


def in_file_order(problems: Iterable[Problem]) -> list[Problem]:
    """Problems of settings first, then the others by their line in the outermost file."""

    def place(problem: Problem) -> tuple[str, int]:
        return ("", 0) if isinstance(problem.where, Setting) else line_of(problem.where)

    return sorted(problems, key=place)


def unknown_key(entry: Mapping[str, Any], key: str, known: Sequence[str]) -> str:
    """The message for a key that a mapping of the language does not have."""
    if entry[key] is None and " " in key:  # {about: here, and there} has a key "and there"
        return f"{key!r} {COMMA}"
    return f"{key!r} is not one of {', '.join(known)}{nearest(key, known)}"


def unknown_param(kind: str, key: str, raw: Any, known: Sequence[str]) -> str:
    """The message for a key that a node type or recipe does not have."""
    near = nearest(key, known)
    return f"{key!r} {COMMA}" if raw is None and not near else f"{kind} has no {key!r}{near or has(known)}"


def has(known: Iterable[str]) -> str:
    """The list of what exists, added to the message for a name that does not."""
    names = list(known)
    more = f" and {len(names) - MOST_NAMES} more" if len(names) > MOST_NAMES else ""
    return f"; it has {', '.join(names[:MOST_NAMES])}{more}" if names else "; it has none"


def shortened(names: Sequence[str]) -> list[str]:
    """A long row of names, without most of those in its middle."""
    return [*names[:4], f"({len(names) - 7} more)", *names[-3:]] if len(names) > 9 else list(names)
