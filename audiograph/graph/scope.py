"""Where the names of a file have their meaning, and how a value written there is read."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from audiograph.errors import Problem, nearest
from audiograph.graph.values import read
from audiograph.language.document import Entry, located
from audiograph.language.parameter import Param
from audiograph.language.quantity import Wrong

COMMA = (
    "stands without a value: text with a comma needs quotes, several names need [brackets], numbers a point"
)


@dataclass(frozen=True)
class Scope:
    """One file: its folder, what its nodes are called from outside, the values of its parameters."""

    folder: Path
    prefix: str = ""
    names: Mapping[str, Any] = field(default_factory=dict)
    within: tuple[Path, ...] = ()  # the recipes it is used in, itself the last


class Notes:
    """All that is found wrong, and the settings from outside that found their place."""

    def __init__(self, settings: Mapping[str, str]) -> None:
        self.problems: list[Problem] = []
        self.settings, self.used = settings, set[str]()

    def problem(self, where: str, node: str, what: str) -> None:
        """One more thing that is wrong."""
        self.problems.append(Problem(where, node, what))

    def wrong(self, error: Wrong, raw: Any, where: str, node: str, key: str = "", more: str = "") -> None:
        """What is wrong with a value, each fault at the line where it was written."""
        for path, what in error.parts:
            self.problem(located(raw, path, where), node, f"{key}: {what}{more}" if key else f"{what}{more}")

    def strangers(self, entry: Entry, known: Iterable[str], node: str) -> None:
        """A problem for each key that has no meaning here."""
        names = list(known)
        for key in entry:
            if key not in names:
                self.problem(entry.at(key), node, strange(entry, key, names))

    def value(
        self, param: Param, raw: Any, scope: Scope, node: str, key: str, where: str, more: str = ""
    ) -> Any:
        """What was written, read; None, and a problem noted with `more` to say, where it cannot be."""
        if raw is None:
            return None
        try:
            return read(param, raw, scope.names, scope.folder, scope.prefix)
        except Wrong as error:
            self.wrong(error, raw, where, node, key, more)
            return None

    def setting(self, param: Param, name: str, node: str, key: str) -> Any:
        """What the command line gives for `name`, read; its files are seen from the current folder."""
        self.used.add(name)
        return self.value(param, self.settings[name], Scope(Path.cwd()), node, key, "--set")


def strange(entry: Mapping[str, Any], key: str, known: Sequence[str]) -> str:
    """What to say of a key that has no meaning."""
    if entry[key] is None and " " in key:  # {about: here, and there} has a key "and there"
        return f"{key!r} {COMMA}"
    return f"{key!r} is not one of {', '.join(known)}{nearest(key, known)}"


def stranger(kind: str, key: str, raw: Any, known: Sequence[str]) -> str:
    """What to say of a key that a node type does not have."""
    near = nearest(key, known)
    return f"{key!r} {COMMA}" if raw is None and not near else f"{kind} has no {key!r}{near or has(known)}"


def section(document: Entry, key: str, notes: Notes) -> Entry:
    """A mapping of names at the top of the file; empty where there is none."""
    found = document.get(key)
    if found is not None and not isinstance(found, Entry):
        notes.problem(document.at(key), "", f"{key}: is not a mapping of names")
    return found if isinstance(found, Entry) else Entry()


def has(known: Iterable[str]) -> str:
    """What there is, after a name that there is not."""
    names = ", ".join(known)
    return f"; it has {names}" if names else "; it has none"
