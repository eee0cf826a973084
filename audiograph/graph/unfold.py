"""Unfolds chains, inline nodes and recipes into plain nodes."""

import os
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from audiograph.errors import GraphError, Problem, Setting, nearest
from audiograph.graph.catalog import broken
from audiograph.graph.diagnostics import Diagnostics, unknown_param
from audiograph.graph.recipe import Recipe, given_params, open_recipe
from audiograph.graph.scope import Scope
from audiograph.graph.settings import Settings
from audiograph.language.document import Entry, Items, places
from audiograph.language.parameter import REQUIRED, Quantity
from audiograph.language.quantity import brief
from audiograph.node import NodeType

NAME = re.compile(r"[^\W\d][\w-]*")  # letters of any language
MOST_NODES = 100_000  # recipes within recipes may multiply
GAIN = Quantity(0.0, "gain of one input", "dB", -120.0, 60.0)


class Feed(NamedTuple):
    """A name connected to an input, not resolved yet."""

    name: str
    where: str
    gain: float | None = None  # dB


@dataclass
class Draft:
    """A plain node whose names are not resolved yet."""

    type: NodeType
    where: str
    values: dict[str, Any] = field(default_factory=dict)
    feeds: dict[str, list[Feed]] = field(default_factory=dict)
    lines: dict[str, str] = field(default_factory=dict)  # key -> where it was written, or a Setting


class Unfolding:
    """`drafts` has every plain node by its full name; `aliases` has what other names stand for."""

    def __init__(
        self,
        catalog: Mapping[str, NodeType],
        recipes: Mapping[str, Path],
        diagnostics: Diagnostics,
        settings: Settings,
    ) -> None:
        self.catalog, self.recipes = catalog, recipes
        self.diagnostics, self.settings = diagnostics, settings
        self.drafts: dict[str, Draft] = {}
        self.aliases: dict[str, list[Feed]] = {}
        self.recipes_used: dict[str, Recipe] = {}
        self.documents: dict[Path, Entry] = {}  # of the recipe files read so far

    def nodes(self, nodes: Entry, scope: Scope) -> None:
        """Unfold all nodes of a file."""
        for name, entry in nodes.items():
            if not NAME.fullmatch(name):
                self.diagnostics.problem(
                    nodes.at(name), name, "is not a valid name for a node: use letters, digits, _ and -"
                )
            self.node(scope.prefix + name, entry, scope, nodes.at(name))

    def node(
        self, name: str, entry: Any, scope: Scope, where: str, upstream: list[Feed] | None = None
    ) -> None:
        """Unfold one entry of `nodes`, or one link of a chain, which is fed by `upstream`."""
        self.diagnostics.limits.check(where, name)
        if not isinstance(entry, Entry):
            what = "is not a mapping such as {use: gain, in: voice, level: -6 dB}"
            self.diagnostics.problem(where, name, what)
        elif "chain" in entry:
            self.chain(name, entry, scope, upstream)
        elif max(len(self.drafts), len(self.recipes_used)) >= MOST_NODES:
            what = f"is one of more than {MOST_NODES} nodes, more than a graph may have"
            raise GraphError([Problem(where, name, what)])
        elif path := self.recipe_file(entry, scope):
            self.recipe(name, path, entry, scope, upstream)
        elif kind := self.node_type(name, entry, where):
            self.drafts[name] = draft = Draft(kind, where)
            self.diagnostics.limits.check_nodes(len(self.drafts), where, name)
            self.fill(name, draft, entry, scope, upstream)
            self.apply_settings(name, draft)
            for key, param in kind.params.items():
                if param.default is REQUIRED and key not in draft.lines:
                    self.diagnostics.problem(where, name, f"needs {key}: {param.help}")

    def node_type(self, name: str, entry: Entry, where: str) -> NodeType | None:
        """The node type that an entry uses; None, and a problem, if there is none."""
        use = entry.get("use")
        if use is None:
            self.diagnostics.problem(where, name, "needs `use`, the node type")
        elif not isinstance(use, str) or use not in self.catalog:
            perhaps = "".join(f"; {home}, which may have it, cannot be used" for home in broken())
            what = f"{brief(use)} is not a node type{nearest(use, [*self.catalog, *self.recipes])}{perhaps}"
            self.diagnostics.problem(entry.at("use"), name, what)
        return self.catalog.get(use) if isinstance(use, str) else None

    def fill(self, name: str, draft: Draft, entry: Entry, scope: Scope, upstream: list[Feed] | None) -> None:
        """Read the keys of an entry: inputs and parameters."""
        kind, ports = draft.type, [port.name for port in draft.type.inputs]
        for key, raw in entry.items():
            draft.lines[key] = where = entry.at(key)
            if key in ports and upstream is not None and key == ports[0]:
                self.diagnostics.problem(where, name, f"is fed by the chain: take {key!r} out")
            elif key in ports:
                draft.feeds[key] = self.feeds(name, key, raw, where, scope)
            elif key in kind.params:
                draft.lines |= places(raw, key)
                if f"{name}.{key}" not in self.settings:
                    value = self.diagnostics.value(kind.params[key], raw, scope, name, key, where)
                    if value is not None:
                        draft.values[key] = value
            elif key != "use":
                known = [*kind.params, *ports]
                self.diagnostics.problem(where, name, unknown_param(kind.name, key, raw, known))
        if upstream and ports:
            draft.feeds[ports[0]] = upstream
        elif upstream:
            what = f"{kind.name} takes no input: it can only begin a chain"
            self.diagnostics.problem(draft.where, name, what)

    def apply_settings(self, name: str, draft: Draft) -> None:
        """Values from settings replace those of the file."""
        for key, param in draft.type.params.items():
            if (setting := f"{name}.{key}") in self.settings:
                draft.lines[key] = Setting(setting)
                value = self.settings.read(param, setting, name, key)
                if value is not None:
                    draft.values[key] = value

    def chain(self, name: str, entry: Entry, scope: Scope, upstream: list[Feed] | None) -> None:
        """Unfold a chain: each link is fed by the one before it. A chain may be a link of another."""
        self.diagnostics.unknown_keys(entry, ("in", "chain"), name)
        links = entry["chain"]
        if not isinstance(links, Items) or not links:
            self.diagnostics.problem(entry.at("chain"), name, "chain: is not a list of nodes")
            return
        if "in" in entry and upstream is not None:
            self.diagnostics.problem(entry.at("in"), name, "is fed by the chain: take 'in' out")
        elif "in" in entry:
            upstream = self.feeds(name, "in", entry["in"], entry.at("in"), scope)
        names = [f"{name}/{link}" for link in _link_names(links)]
        for index, (link, part) in enumerate(zip(names, links, strict=True)):
            self.node(link, part, scope, links.at(index), upstream)
            upstream = [Feed(link, links.at(index))]
        self.aliases[name] = upstream or []

    def recipe_file(self, entry: Entry, scope: Scope) -> Path | None:
        """The file of the recipe that an entry uses, or None if it does not use a recipe."""
        use = entry.get("use")
        if isinstance(use, str) and use.endswith((".yaml", ".yml")):
            return Path(os.path.realpath(scope.folder / use))  # which raises nothing at a circle of links
        return self.recipes.get(use) if isinstance(use, str) else None

    def recipe(self, name: str, path: Path, entry: Entry, scope: Scope, upstream: list[Feed] | None) -> None:
        """Unfold a recipe: its nodes are named after the node that uses it, as in "music/eq"."""
        where = entry.at("use")
        if why := self.diagnostics.limits.outside(path):
            self.diagnostics.problem(where, name, f"use: {brief(entry['use'])} {why}")
            return
        if path in scope.within:
            cycle = " > ".join(file.name for file in (*scope.within[scope.within.index(path) :], path))
            self.diagnostics.problem(where, name, f"a recipe uses itself: {cycle}")
            return
        recipe = open_recipe(path, where, name, self.diagnostics, self.documents)
        if recipe is None:
            return
        self.recipes_used[name] = recipe
        self.diagnostics.limits.check_nodes(len(self.recipes_used), where, name)
        names = given_params(recipe, name, entry, scope, self.settings, self.diagnostics)
        self.recipe_inputs(name, recipe, entry, scope, upstream)
        nodes = self.diagnostics.section(recipe.document, "nodes")
        for twice in recipe.inputs.keys() & nodes.keys():
            what = f"{twice!r} is both an input of the recipe and a node of it"
            self.diagnostics.problem(nodes.at(twice), name, what)
        self.nodes(nodes, Scope(path.parent, f"{name}/", names, (*scope.within, path)))
        for output, node in recipe.outputs.items():
            line = recipe.document.at("outputs" if output else "output")
            self.aliases[f"{name}.{output}" if output else name] = [Feed(f"{name}/{node}", line)]

    def recipe_inputs(
        self, name: str, recipe: Recipe, entry: Entry, scope: Scope, upstream: list[Feed] | None
    ) -> None:
        """Connect the inputs of a recipe; several feeds of one input are summed."""
        for index, (port, optional) in enumerate(recipe.inputs.items()):
            inner, where = f"{name}/{port}", entry.at(port)
            feeds = self.feeds(name, port, entry[port], where, scope) if port in entry else []
            if upstream and index == 0:
                if feeds:
                    self.diagnostics.problem(where, name, f"is fed by the chain: take {port!r} out")
                feeds = upstream
            if not feeds and not optional and port not in entry:
                self.diagnostics.problem(where, name, f"nothing feeds it: say {port}: NODE")
            if len(feeds) > 1 or any(feed.gain is not None for feed in feeds):
                self.drafts[inner] = Draft(self.catalog["sum"], where, feeds={"in": feeds})
            elif [feed.name for feed in feeds] != [inner]:  # an inline node has this name already
                self.aliases[inner] = feeds

    def feeds(self, name: str, port: str, raw: Any, where: str, scope: Scope) -> list[Feed]:
        """The feeds of a port: a name, a list, a mapping from name to gain, or a node written inline."""
        if isinstance(raw, str):
            return [Feed(scope.prefix + raw, where)]
        if isinstance(raw, (Items, Entry)) and not raw:
            self.diagnostics.problem(where, name, f"{port}: names no node")
            return []
        if isinstance(raw, Items):
            parts = [(f"{port}{index + 1}", part, raw.at(index)) for index, part in enumerate(raw)]
            return [
                feed for label, part, line in parts for feed in self.feeds(name, label, part, line, scope)
            ]
        if isinstance(raw, Entry) and ("use" in raw or "chain" in raw):
            self.node(f"{name}/{port}", raw, scope, where)
            return [Feed(f"{name}/{port}", where)]
        if isinstance(raw, Entry):
            return [
                self.feed_with_gain(name, other, gain, raw.at(other), scope) for other, gain in raw.items()
            ]
        what = f"{port}: give a name, a list of names, a mapping name: gain, or a node"
        self.diagnostics.problem(where, name, what)
        return []

    def feed_with_gain(self, name: str, other: str, raw: Any, where: str, scope: Scope) -> Feed:
        """One item of a mapping from name to gain."""
        return Feed(scope.prefix + other, where, self.diagnostics.value(GAIN, raw, scope, name, other, where))


def _link_names(links: Items) -> Iterator[str]:
    """A name for each link of a chain: its type, or its number if the type occurs more than once."""
    uses = [link.get("use") if isinstance(link, Entry) else None for link in links]
    counts = Counter(use for use in uses if isinstance(use, str))
    for number, use in enumerate(uses, 1):
        yield use if isinstance(use, str) and counts[use] == 1 and NAME.fullmatch(use) else str(number)
