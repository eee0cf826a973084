"""Graphs built in Python: the same language, written by a program instead of a person.

    mix = Mix(about="Speech over music")
    voice = mix.param("voice", "file")
    speech = mix.add("speech", "source", file=voice)
    soft = mix.add("soft", "gain", speech, level="-6 dB")
    mix.output(soft)
    mix.save("speech.yaml")

Values are not read or checked here, except that YAML must be able to hold them.
`audiograph.load`, `render` and `stream` take a Mix in place of a file. Their error
messages name the lines of the program.
"""

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from audiograph.errors import AudioFileError, GraphError, Problem
from audiograph.language.document import Entry, Items
from audiograph.language.document.yaml_text import TextError, meaning, printable

LARGEST = 1e99  # of a number: more digits than a graph file may have
SECTIONS = ("params", "nodes", "outputs", "expect")  # their entries are written on lines of their own


@dataclass(frozen=True)
class Edge:
    """The start or end of a node's sound: `speech.end + 2` is two seconds after its end."""

    text: str

    def __add__(self, more: float | str) -> str:
        return f"{self.text} + {_time(more)}"

    def __sub__(self, less: float | str) -> str:
        return f"{self.text} - {_time(less)}"

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True)
class Node:
    """A reference to a node of a Mix, used as an input of other nodes and in relative times."""

    name: str

    @property
    def start(self) -> Edge:
        """Where its sound begins."""
        return Edge(f"{self.name}.start")

    @property
    def end(self) -> Edge:
        """Where its sound ends."""
        return Edge(f"{self.name}.end")

    def out(self, port: str) -> str:
        """One of its outputs, if it has several."""
        return f"{self.name}.{port}"

    def __str__(self) -> str:
        return self.name


class Mix:
    """A graph under construction.

    Values are those of a graph file ("-6 dB", or numbers in dB, s, Hz), nodes,
    edges and paths. A `Path` is relative to the current folder; `save` rewrites it
    relative to the file it writes. A path given as text is written unchanged. Each
    method raises GraphError for a name that is taken, and for a value that no
    graph file can hold.
    """

    def __init__(self, about: str = "", rate: int | str | None = None) -> None:
        head = {"about": None if isinstance(about, str) and not about else about, "rate": rate}
        self._head = _as_document(head, _place(), "mix")
        self._sections = {section: Entry() for section in SECTIONS}

    def param(self, name: str, type: str = "number", default: Any = None, **more: Any) -> str:
        """Declare a parameter, with `min`, `max`, `about`, `choices` in `more`; returns "${name}"."""
        self._put("params", name, {"type": type, "default": default, **more})
        return f"${{{name}}}"

    def add(self, name: str, use: str, /, *feed: Any, **values: Any) -> Node:
        """Add a node, fed by a node, by several (summed), or by a mapping from nodes to gains."""
        feeds = feed[0] if len(feed) == 1 else list(feed) or None
        self._put("nodes", name, {"use": use, "in": feeds, **values})
        return Node(name)

    def chain(self, name: str, *links: Mapping[str, Any], feed: Any = None) -> Node:
        """Add a chain of nodes, each a mapping such as dict(use="gain", level="-6 dB")."""
        self._put("nodes", name, {"in": feed, "chain": list(links)})
        return Node(name)

    def output(self, node: Node | str, name: str = "", /, **options: Any) -> None:
        """Add an output; each of several needs a name. `options` are bits, title..."""
        taken = self._sections["outputs"]
        if taken and ("" in taken or not name):
            raise GraphError([Problem(_place(), "outputs", "each of several outputs needs a name")])
        self._put("outputs", name, {"from": node, **options} if options else node)

    def expect(self, figure: str, of: Any, /) -> None:
        """Add an expectation, such as `expect("loudness", "-16 LUFS ± 0.5")`; `of` may be a mapping."""
        self._put("expect", figure, of)

    def document(self) -> Entry:
        """The graph as if it had been read from a file; its lines are those of the program."""
        top: dict[str, Any] = {key: part for key, part in self._sections.items() if part}
        if "" in self._sections["outputs"]:
            top["output"] = top.pop("outputs")[""]
        return Entry({**self._head, **top}, self._head.where)

    def text(self, folder: Path = Path()) -> str:
        """The graph as YAML, with each `Path` relative to `folder`."""
        return "".join(_lines(self.document(), folder))

    def save(self, path: Path | str) -> None:
        """Write the graph to a file. Raises AudioFileError where that cannot be done."""
        text = self.text(Path(path).parent)
        try:
            Path(path).write_text(text, encoding="utf-8")
        except (OSError, ValueError) as error:  # ValueError: of a zero byte
            why = getattr(error, "strerror", None) or error
            raise AudioFileError(f"{path} cannot be written: {why}") from error

    def _put(self, section: str, name: str, raw: Any) -> None:
        where, entries = _place(), self._sections[section]
        label = f"{name}" if section == "nodes" else f"{section}/{name}"
        name = _key(name, where, label)
        if name in entries:
            raise GraphError([Problem(where, label, f"exists already: {entries.at(name)}")])
        try:
            entries[name] = _as_document(raw, where, label)
        except RecursionError:
            raise GraphError([Problem(where, label, "has a list or a mapping that holds itself")]) from None
        entries._places[name] = where


def _place() -> str:
    """The line of the program that called a method of Mix."""
    frame = sys._getframe(1)
    while frame.f_back and frame.f_globals.get("__name__") == __name__:
        frame = frame.f_back
    return f"{Path(frame.f_code.co_filename).name}:{frame.f_lineno}"


def _time(raw: float | str) -> str:
    return raw if isinstance(raw, str) else f"{raw!r} s"


def _as_document(raw: Any, where: str, label: str) -> Any:
    """A value as a document has it. Raises GraphError if it cannot."""
    if isinstance(raw, (Node, Edge)):
        return str(raw)
    if isinstance(raw, Mapping):
        parts = {key: part for key, part in raw.items() if part is not None}
        return Entry(
            {_key(key, where, label): _as_document(part, where, label) for key, part in parts.items()}, where
        )
    if isinstance(raw, (list, tuple)):
        return Items([_as_document(part, where, label) for part in raw], where)
    if isinstance(raw, str):
        return _text(raw, where, label)
    if isinstance(raw, (bool, int, float, Path)):
        return raw if isinstance(raw, Path) else _number(raw, where, label)
    what = f"a graph file cannot hold {type(raw).__name__}"
    raise GraphError([Problem(where, label, f"{what}: declare it with `param`, and give it to the render")])


def _key(raw: Any, where: str, label: str) -> str:
    """A name or a key. Raises GraphError if no graph file can hold it."""
    if not isinstance(raw, (str, Node)):
        what = f"a name is text, not {type(raw).__name__}"
        raise GraphError([Problem(where, label, what)])
    if not str(raw) and label != "outputs/":  # of a single output
        raise GraphError([Problem(where, label, "a name is missing")])
    return _text(str(raw), where, label)


def _number(raw: float, where: str, label: str) -> float:
    if abs(raw) <= LARGEST:
        return raw if isinstance(raw, bool) else int(raw) if isinstance(raw, int) else float(raw)
    raise GraphError([Problem(where, label, "is not a finite number, or too large to mean anything")])


def _text(raw: str, where: str, label: str) -> str:
    try:
        return printable(raw)
    except TextError as error:
        raise GraphError([Problem(where, label, str(error))]) from None


class _Dumper(yaml.SafeDumper):
    """Quotes text that would otherwise be read back as a number or another value."""


def _quoted(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    return dumper.represent_scalar(
        "tag:yaml.org,2002:str", text, style=None if meaning(text) == text else "'"
    )


_Dumper.add_representer(str, _quoted)


def _lines(document: Entry, folder: Path) -> list[str]:
    """The graph as YAML lines: one for each node, and for each link of a chain."""
    lines = []
    for key, part in document.items():
        if key not in SECTIONS:
            lines.append(f"{key}: {_flow(part, folder)}\n")
            continue
        lines.append(f"{key}:\n")
        for name, entry in part.items():
            lines += _node(_flow(name, folder), entry, folder)
    return lines


def _node(name: str, entry: Any, folder: Path) -> list[str]:
    if not isinstance(entry, Entry) or "chain" not in entry:
        return [f"  {name}: {_flow(entry, folder)}\n"]
    feed = [f"    in: {_flow(entry['in'], folder)}\n"] if "in" in entry else []
    links = [f"      - {_flow(link, folder)}\n" for link in entry["chain"]]
    return [f"  {name}:\n", *feed, "    chain:\n", *links]


def _flow(raw: Any, folder: Path) -> str:
    """A value in YAML flow style, on one line."""
    options: dict[str, Any] = {"default_flow_style": True, "sort_keys": False, "allow_unicode": True}
    text: str = yaml.dump(_plain(raw, folder), Dumper=_Dumper, width=float("inf"), **options)
    return text.removesuffix("\n...\n").removesuffix("\n")


def _plain(raw: Any, folder: Path) -> Any:
    if isinstance(raw, Entry):
        return {key: _plain(part, folder) for key, part in raw.items()}
    if isinstance(raw, Items):
        return [_plain(part, folder) for part in raw]
    if isinstance(raw, Path):
        path = raw if raw.is_absolute() else _seen_from(folder, raw)
        return _text(path.as_posix(), "", "mix")  # YAML cannot hold every name
    return raw


def _seen_from(folder: Path, path: Path) -> Path:
    try:
        return Path(os.path.relpath(path, folder))
    except ValueError:  # on Windows, it is on another drive
        return path.absolute()
