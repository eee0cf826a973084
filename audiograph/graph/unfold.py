"""Chains, inline nodes and recipes are only other ways to write plain nodes: here they become plain."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from audiograph.errors import GraphError, Problem, nearest
from audiograph.graph.catalog import broken
from audiograph.graph.params import values_of
from audiograph.graph.recipe import USED_AT, Recipe, opened
from audiograph.graph.scope import Notes, Scope, section, stranger
from audiograph.language.document import Entry, Items
from audiograph.language.parameter import REQUIRED, Param, Quantity
from audiograph.node import NodeType

NAME = re.compile(r"[A-Za-z_][\w-]*")
MOST_NODES = 100_000  # recipes within recipes may multiply
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
    """`drafts` has every plain node by its full name, `alias` what other names stand for."""

    def __init__(self, catalog: Mapping[str, NodeType], recipes: Mapping[str, Path], notes: Notes) -> None:
        self.catalog, self.recipes, self.notes = catalog, recipes, notes
        self.drafts: dict[str, Draft] = {}
        self.alias: dict[str, list[Fed]] = {}
        self.recipes_used: dict[str, Recipe] = {}
        self.read: dict[Path, Entry] = {}  # recipe files

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
            self.chain(name, entry, scope, before)
        elif len(self.drafts) >= MOST_NODES:
            raise GraphError(
                [Problem(where, name, f"is one of more than {MOST_NODES} nodes, more than a graph may have")]
            )
        elif path := self.recipe_of(entry, scope):
            self.recipe(name, path, entry, scope, before)
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
            perhaps = "".join(f"; {home}, which may have it, cannot be used" for home in broken())
            what = f"{use!r} is no node type{nearest(use, [*self.catalog, *self.recipes])}{perhaps}"
            self.notes.problem(entry.at("use"), name, what)
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
                self.notes.problem(where, name, stranger(kind.name, key, raw, known))
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

    def chain(self, name: str, entry: Entry, scope: Scope, before: list[Fed] | None) -> None:
        """A list of nodes, each fed by the one before; itself it may be a link of a chain."""
        self.notes.strangers(entry, ("in", "chain"), name)
        items = entry["chain"]
        if not isinstance(items, Items) or not items:
            self.notes.problem(entry.at("chain"), name, "chain: is not a list of nodes")
            return
        if "in" in entry and before is not None:
            self.notes.problem(entry.at("in"), name, "is fed by the chain: take 'in' out")
        elif "in" in entry:
            before = self.fed(name, "in", entry["in"], entry.at("in"), scope)
        names = [f"{name}/{link}" for link in _links(items)]
        for place, (link, item) in enumerate(zip(names, items, strict=True)):
            self.node(link, item, scope, items.at(place), before)
            before = [Fed(link, items.at(place))]
        self.alias[name] = before or []

    def recipe_of(self, entry: Entry, scope: Scope) -> Path | None:
        """The file of the recipe that a node uses, if it uses one."""
        use = entry.get("use")
        if isinstance(use, str) and use.endswith((".yaml", ".yml")):
            return (scope.folder / use).resolve()
        return self.recipes.get(use) if isinstance(use, str) else None

    def recipe(self, name: str, path: Path, entry: Entry, scope: Scope, before: list[Fed] | None) -> None:
        """A graph in place of a node: its nodes get the name of the node before theirs."""
        where = entry.at("use")
        if path in scope.within:
            circle = " > ".join(file.name for file in (*scope.within[scope.within.index(path) :], path))
            self.notes.problem(where, name, f"a recipe uses itself: {circle}")
            return
        found = opened(path, where, name, self.notes, self.read)
        if found is None:
            return
        self.recipes_used[name] = found
        names = self.recipe_values(name, found, entry, scope)
        self.recipe_inputs(name, found, entry, scope, before)
        nodes = section(found.document, "nodes", self.notes)
        for taken in found.inputs.keys() & nodes.keys():
            self.notes.problem(
                nodes.at(taken), name, f"{taken!r} is both an input of the recipe and a node of it"
            )
        self.nodes(nodes, Scope(path.parent, f"{name}/", names, (*scope.within, path)))
        for output, node in found.outputs.items():
            line = found.document.at("outputs" if output else "output")
            self.alias[f"{name}.{output}" if output else name] = [Fed(f"{name}/{node}", line)]

    def recipe_values(self, name: str, found: Recipe, entry: Entry, scope: Scope) -> dict[str, Any]:
        """The parameters of a recipe, given where it is used or on the command line."""

        def give(key: str, param: Param) -> tuple[bool, Any]:
            if (setting := f"{name}.{key}") in self.notes.settings:
                return True, self.notes.setting(param, setting, name, key)
            if key not in entry:
                return False, None
            more = f" ({found.params.at(key).partition(USED_AT)[0]})"
            return True, self.notes.value(param, entry[key], scope, name, key, entry.at(key), more)

        _, names = values_of(found.document, self.notes, found.path.parent, f"{name}.", give)
        known = [*names, *found.inputs, "use"]
        for key, raw in entry.items():
            if key not in known:
                self.notes.problem(entry.at(key), name, stranger(found.path.stem, key, raw, known[:-1]))
        return names

    def recipe_inputs(
        self, name: str, found: Recipe, entry: Entry, scope: Scope, before: list[Fed] | None
    ) -> None:
        """What feeds the inputs of a recipe; several together are a sum."""
        for place, (port, optional) in enumerate(found.inputs.items()):
            inner, where = f"{name}/{port}", entry.at(port)
            fed = self.fed(name, port, entry[port], where, scope) if port in entry else []
            if before and not place:
                if fed:
                    self.notes.problem(where, name, f"is fed by the chain: take {port!r} out")
                fed = before
            if not fed and not optional and port not in entry:
                self.notes.problem(where, name, f"nothing feeds it: say {port}: NODE")
            if len(fed) > 1 or any(one.gain is not None for one in fed):
                self.drafts[inner] = Draft(self.catalog["sum"], where, feeds={"in": fed})
            elif [one.name for one in fed] != [inner]:  # else a node written in place, which has the name
                self.alias[inner] = fed

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
