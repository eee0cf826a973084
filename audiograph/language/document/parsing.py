"""YAML text → plain data with line numbers.

All problems are reported at once. No file can run code, and none can cost more
than its size: depth, number of values (with aliases expanded) and anchors are
limited while the parser is still reading.
"""

import stat
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple, NoReturn

import yaml

from audiograph.errors import GraphError, Problem, nearest
from audiograph.language.document.written import Entry, Items
from audiograph.language.document.yaml_text import (
    DEEPEST,
    LARGEST,
    TOO_DEEP,
    TextError,
    fault,
    meaning,
    plain,
    printable,
    shielded,
    unshielded,
)

OPEN = ("/dev/fd/", "/dev/stdin", "/proc/self/fd/")  # a pipe that the shell has opened: `<(command)`
MOST_VALUES = 200_000  # with aliases expanded; ten thousand nodes have about 80,000
MOST_ANCHORS = 250
MOST_PROBLEMS = 50
LONGEST_KEY = 200

_PARSER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def load(path: Path) -> Entry:
    """Read a graph file. Raises GraphError, which lists everything that is wrong with it."""
    try:
        check_regular(path)
        with path.open("rb") as file:
            raw = file.read(LARGEST + 1)
    except (OSError, ValueError) as error:  # ValueError: a path with a NUL in it
        raise GraphError([Problem(str(path), "", _unopened(path, error))]) from None
    return parse(raw, str(path))


def check_regular(path: Path) -> None:
    """Raises ValueError for a pipe, a socket or a device, which may never end, or never begin."""
    mode = path.stat().st_mode
    is_open = stat.S_ISFIFO(mode) and str(path).startswith(OPEN)
    if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode) or is_open):
        raise ValueError("it is not a regular file")


def _unopened(path: Path, error: Exception) -> str:
    if isinstance(error, IsADirectoryError):
        return "is a folder, not a graph file"
    if isinstance(error, FileNotFoundError):
        return f"there is no such file{nearest(path.name, _beside(path))}"
    return f"cannot be read: {getattr(error, 'strerror', None) or error}"


def _beside(path: Path) -> list[str]:
    try:
        return sorted(file.name for file in islice(path.parent.iterdir(), 1000))
    except OSError:
        return []


def parse(text: str | bytes, name: str = "graph") -> Entry:
    """The mapping in `text`. Places in it are written as "name:line".

    Raises GraphError, which lists every problem in the order of the text; parsing ends at a syntax error.
    """
    try:
        clean = plain(text)
    except TextError as error:
        where = f"{name}:{error.line}" if error.line else name
        raise GraphError([Problem(where, "", str(error))]) from None
    reading = _Reading(clean, name)
    try:
        document = reading.document()
    except yaml.MarkedYAMLError as error:
        line, what = fault(error, clean)
        raise GraphError([*reading.problems, Problem(f"{name}:{line}", "", what)]) from None
    if reading.problems:
        raise GraphError(reading.problems)
    return document


class _Anchored(NamedTuple):
    """A value with an anchor, the number of values in it, and its depth in levels."""

    value: Any
    size: int
    height: int


class _Reading:
    """One pass over the parser's events. The parser never runs far ahead of the limits checked here."""

    def __init__(self, text: str, name: str) -> None:
        self.name = name
        self.problems: list[Problem] = []
        self.anchors: dict[str, _Anchored | None] = {}  # None while the value is still open
        self.size = 0
        self.reached = 0  # the deepest level inside the innermost open anchor
        self.events: Iterator[Any] = yaml.parse(shielded(text), Loader=_PARSER)

    def document(self) -> Entry:
        begin = next(self.events)
        if isinstance(next(self.events), yaml.StreamEndEvent):
            self.stop(begin, "there is nothing in it")
        document = self.value(top := next(self.events), 0)
        next(self.events)  # the document ends
        if isinstance(after := next(self.events), yaml.DocumentStartEvent):
            self.stop(after, "a second document begins ('---'); a file is one graph")
        if not isinstance(document, Entry):
            self.stop(top, "a graph is a mapping: lines of 'key: value'")
        return document

    def value(self, event: Any, depth: int) -> Any:
        if isinstance(event, yaml.AliasEvent):
            return self.alias(event, depth)
        self.grow(event, 1, depth)
        if event.tag:
            tag = event.tag.replace("tag:yaml.org,2002:", "!!")
            self.problem(event, f"tags are not part of the language; leave {_brief(tag)} out")
        return self.anchored(event, depth) if event.anchor else self.content(event, depth)

    def content(self, event: Any, depth: int) -> Any:
        if isinstance(event, yaml.ScalarEvent):
            return self.scalar(event)
        if isinstance(event, yaml.SequenceStartEvent):
            return self.items(event, depth + 1)
        return self.entry(event, depth + 1)

    def scalar(self, event: Any) -> Any:
        text = unshielded(event.value)
        try:  # with a style, the scalar is quoted or a block, and so is text
            return printable(text) if event.style else meaning(text)
        except TextError as error:
            self.problem(event, str(error))
            return text

    def items(self, event: Any, depth: int) -> Items:
        items = Items(where=self.at(event))
        while not isinstance(event := next(self.events), yaml.SequenceEndEvent):
            items._places.append(self.at(event))
            items.append(self.value(event, depth))
        return items

    def entry(self, event: Any, depth: int) -> Entry:
        entry = Entry(where=self.at(event))
        lines: dict[str, int] = {}
        while not isinstance(event := next(self.events), yaml.MappingEndEvent):
            key, value = self.key(event, depth), self.value(next(self.events), depth)
            if key is None:
                continue
            if key in lines:
                self.problem(
                    event, f"{_brief(key)} is written twice: line {lines[key]} and line {_line(event)}"
                )
            if value is None and ":" in key and not event.style:
                self.problem(event, f"{_brief(key)} needs a space after its ':'")
            lines.setdefault(key, _line(event))
            entry[key], entry._places[key] = value, self.at(event)
        return entry

    def key(self, event: Any, depth: int) -> str | None:
        """A key; None, and a problem, if it cannot be one."""
        key = self.value(event, depth)
        if what := _unfit(event, key):
            self.problem(event, what)
            return None
        return str(key)

    def anchored(self, event: Any, depth: int) -> Any:
        if len(self.anchors) == MOST_ANCHORS:
            self.stop(event, f"has more than {MOST_ANCHORS} anchors")
        name, size, outer = event.anchor, self.size, self.reached
        self.anchors[name] = None
        self.reached = depth
        value = self.content(event, depth)
        self.anchors[name] = _Anchored(value, self.size - size + 1, self.reached - depth)
        self.reached = max(outer, self.reached)
        return value

    def alias(self, event: Any, depth: int) -> Any:
        name = event.anchor
        anchored = self.anchors.get(name)
        if anchored:
            self.grow(event, anchored.size, depth + anchored.height)
            return anchored.value
        if name in self.anchors:
            self.problem(event, f"the alias {_brief(name)} is inside the value it refers to")
        else:
            near = nearest(name[:LONGEST_KEY], list(self.anchors))
            self.problem(event, f"no anchor above is named {_brief(name)}{near}")
        return None

    def grow(self, event: Any, size: int, depth: int) -> None:
        """Count `size` more values, the deepest at `depth`; stop if a limit is exceeded."""
        self.size += size
        self.reached = max(self.reached, depth)
        if depth > DEEPEST:
            self.stop(event, TOO_DEEP)
        if self.size > MOST_VALUES:
            self.stop(event, f"has more than {MOST_VALUES} values, with aliases expanded")

    def problem(self, event: Any, what: str) -> None:
        self.problems.append(Problem(self.at(event), "", what))
        if len(self.problems) == MOST_PROBLEMS:
            self.stop(event, "there are more problems from here on")

    def stop(self, event: Any, what: str) -> NoReturn:
        raise GraphError([*self.problems, Problem(self.at(event), "", what)])

    def at(self, event: Any) -> str:
        return f"{self.name}:{_line(event)}"


def _line(event: Any) -> int:
    return int(event.start_mark.line) + 1


def _brief(text: str) -> str:
    return repr(text) if len(text) <= 60 else repr(text[:57] + "...")


def _unfit(event: Any, key: Any) -> str:
    """Why `key` cannot be a key; empty if it can."""
    if not isinstance(event, yaml.ScalarEvent):
        return "a key is a word, not an alias, a list or a mapping"
    if key == "<<":
        return "merge keys (<<) are not part of the language; write the keys out"
    if not event.value:
        return "a key is missing before ':'"
    if len(event.value) > LONGEST_KEY:
        return f"a key of {len(event.value)} characters is too long"
    return "" if isinstance(key, str) else f'a key is text; write "{event.value}" in quotes'
