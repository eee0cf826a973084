"""Chains and inline nodes are only other ways to write plain nodes: here they become plain."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from audiograph.document import Entry, Items
from audiograph.errors import nearest
from audiograph.graph.scope import Notes, Scope, has
from audiograph.node import NodeType
from audiograph.parameter import REQUIRED, Quantity

NAME = re.compile(r"[A-Za-z_][\w-]*")
GAIN = Quantity(0.0, "gain of one input", "dB", -120.0, 60.0)


class Fed(NamedTuple):
    """A name that feeds a port, not yet looked up."""

    name: str
    where: str
    gain: float | None = None  # dB


@dataclass
class Draft:
    """A plain node whose names are not yet looked up."""

    type: NodeType
    where: str
    values: dict[str, Any] = field(default_factory=dict)
    feeds: dict[str, list[Fed]] = field(default_factory=dict)
    lines: dict[str, str] = field(default_factory=dict)


class Unfolding:
    """`drafts` has every plain node by its full name, `alias` the last node of each chain."""

    def __init__(self, catalog: Mapping[str, NodeType], notes: Notes) -> None:
        self.catalog, self.notes = catalog, notes
        self.drafts: dict[str, Draft] = {}
        self.alias: dict[str, str] = {}

    def nodes(self, nodes: Entry, scope: Scope) -> None:
        """All the nodes of a file."""
        for name, entry in nodes.items():
            if not NAME.fullmatch(name):
                self.notes.problem(
                    nodes.at(name), name, "is no name for a node: use letters, digits, _ and -"
                )
            self.node(scope.prefix + name, entry, scope, nodes.at(name))

    def node(self, name: str, entry: Any, scope: Scope, where: str, before: list[Fed] | None = None) -> None:
        """One node, or a chain of them; `before` feeds it where it is a link of a chain."""
        if not isinstance(entry, Entry):
            self.notes.problem(where, name, "is not a mapping such as {use: gain, in: voice, level: -6 dB}")
        elif "chain" in entry:
            self.chain(name, entry, scope)
        elif kind := self.type_of(name, entry, where):
            self.drafts[name] = draft = Draft(kind, where)
            self.fill(name, draft, entry, scope, before)
            self.overrule(name, draft)
            for key, param in kind.params.items():
                if param.default is REQUIRED and key not in draft.lines:
                    self.notes.problem(where, name, f"needs {key}: {param.help}")

    def type_of(self, name: str, entry: Entry, where: str) -> NodeType | None:
        """What it says it uses."""
        use = entry.get("use")
        if use is None:
            self.notes.problem(where, name, "needs `use`, the node type")
        elif not isinstance(use, str) or use not in self.catalog:
            self.notes.problem(
                entry.at("use"), name, f"{use!r} is no node type{nearest(use, list(self.catalog))}"
            )
        return self.catalog.get(use) if isinstance(use, str) else None

    def fill(self, name: str, draft: Draft, entry: Entry, scope: Scope, before: list[Fed] | None) -> None:
        """What its keys say: what feeds it, and its values."""
        kind, ports = draft.type, [port.name for port in draft.type.inputs]
        for key, raw in entry.items():
            draft.lines[key] = where = entry.at(key)
            if key in ports and before is not None and key == ports[0]:
                self.notes.problem(where, name, f"is fed by the chain: take {key!r} out")
            elif key in ports:
                draft.feeds[key] = self.fed(name, key, raw, where, scope)
            elif key in kind.params:
                if f"{name}.{key}" not in self.notes.settings:
                    self.put(draft, key, self.notes.value(kind.params[key], raw, scope, name, key, where))
            elif key != "use":
                known = [*kind.params, *ports]
                self.notes.problem(
                    where, name, f"{kind.name} has no {key!r}{nearest(key, known) or has(known)}"
                )
        if before and ports:
            draft.feeds[ports[0]] = before
        elif before:
            self.notes.problem(draft.where, name, f"{kind.name} takes no input: it can only begin a chain")

    def overrule(self, name: str, draft: Draft) -> None:
        """Values from the command line."""
        for key, param in draft.type.params.items():
            if (setting := f"{name}.{key}") in self.notes.settings:
                draft.lines[key] = "--set"
                self.put(draft, key, self.notes.setting(param, setting, name, key))

    def put(self, draft: Draft, key: str, value: Any) -> None:
        """Keep a value that could be read."""
        if value is not None:
            draft.values[key] = value

    def chain(self, name: str, entry: Entry, scope: Scope) -> None:
        """A list of nodes, each fed by the one before."""
        self.notes.strangers(entry, ("in", "chain"), name)
        items = entry["chain"]
        if not isinstance(items, Items) or not items:
            self.notes.problem(entry.at("chain"), name, "chain: is not a list of nodes")
            return
        before = self.fed(name, "in", entry["in"], entry.at("in"), scope) if "in" in entry else None
        names = [f"{name}/{link}" for link in _links(items)]
        for place, (link, item) in enumerate(zip(names, items, strict=True)):
            self.node(link, item, scope, items.at(place), before)
            before = [Fed(link, items.at(place))]
        self.alias[name] = names[-1]

    def fed(self, name: str, port: str, raw: Any, where: str, scope: Scope) -> list[Fed]:
        """All that is named, listed or written inline as the feed of a port."""
        if isinstance(raw, str):
            return [Fed(scope.prefix + raw, where)]
        if isinstance(raw, Items):
            parts = [(f"{port}{place + 1}", part, raw.at(place)) for place, part in enumerate(raw)]
            return [
                found for label, part, line in parts for found in self.fed(name, label, part, line, scope)
            ]
        if isinstance(raw, Entry) and ("use" in raw or "chain" in raw):
            self.node(f"{name}/{port}", raw, scope, where)
            return [Fed(f"{name}/{port}", where)]
        if isinstance(raw, Entry):
            return [self.gained(name, other, gain, raw.at(other), scope) for other, gain in raw.items()]
        self.notes.problem(
            where, name, f"{port}: give a name, a list of names, a mapping name: gain, or a node"
        )
        return []

    def gained(self, name: str, other: str, raw: Any, where: str, scope: Scope) -> Fed:
        """One of a mapping name -> gain."""
        return Fed(scope.prefix + other, where, self.notes.value(GAIN, raw, scope, name, other, where))


def _links(items: Items) -> Iterator[str]:
    """A name for each link of a chain: its type, or its place where two are of one type."""
    uses = [item.get("use") if isinstance(item, Entry) else None for item in items]
    counts = Counter(use for use in uses if isinstance(use, str))
    for place, use in enumerate(uses, 1):
        yield use if isinstance(use, str) and counts[use] == 1 and NAME.fullmatch(use) else str(place)
