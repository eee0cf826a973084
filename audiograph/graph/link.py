"""Names are resolved to nodes. A port that takes one sound and is given several gets a sum before it."""

from collections.abc import Iterator
from typing import Any

from audiograph.errors import nearest
from audiograph.graph.diagnostics import has, shortened
from audiograph.graph.model import NodeUse, Out
from audiograph.graph.unfold import Draft, Feed, Unfolding
from audiograph.language.moment import Moment, moments
from audiograph.node import Input


class Linking:
    """Turns drafts into nodes by resolving the names in them."""

    def __init__(self, unfolding: Unfolding) -> None:
        self.drafts, self.aliases, self.catalog = unfolding.drafts, unfolding.aliases, unfolding.catalog
        self.diagnostics, self.recipes = unfolding.diagnostics, unfolding.recipes_used
        self.faulty = {problem.node for problem in self.diagnostics.problems}  # reported already

    def uses(self) -> dict[str, NodeUse]:
        """Every node, linked."""
        return {name: use for draft in self.drafts.items() for name, use in self.use(*draft)}

    def use(self, name: str, draft: Draft) -> Iterator[tuple[str, NodeUse]]:
        """The node, after the sums that its inputs need."""
        lines = draft.lines
        values = {key: self.resolved(name, value, key, draft) for key, value in draft.values.items()}
        feeds: dict[str, tuple[Out, ...]] = {}
        for port in draft.type.inputs:
            sources = self.sources(name, draft, port)
            feeds[port.name] = outs = tuple(out for out, _ in sources)
            gains = tuple({"gain": gain or 0.0} for _, gain in sources)
            plain = all(gain is None for _, gain in sources)
            if port.many and "gains" in draft.type.params and not plain:
                values["gains"] = gains
            elif not port.many and (len(sources) > 1 or not plain):
                total = f"{name}/{port.name}"
                yield total, NodeUse(self.catalog["sum"], {"gains": gains}, {"in": outs}, draft.where)
                feeds[port.name] = ((total, "out"),)
        yield name, NodeUse(draft.type, values, feeds, draft.where, lines)

    def sources(self, name: str, draft: Draft, port: Input) -> list[tuple[Out, float | None]]:
        """The outputs connected to a port, each with its gain in dB if it has one."""
        feeds: list[Feed] = draft.feeds.get(port.name, [])
        if not feeds and not port.optional and port.name not in draft.lines:
            self.diagnostics.problem(draft.where, name, f"nothing feeds it: say {port.name}: NODE")
        known = len(self.diagnostics.problems)
        found = [(out, feed.gain) for feed in feeds for out in self.outs(name, feed)]
        if feeds and not found and not port.optional:
            self.unfed(feeds[0].where, name, f"{port.name}: {feeds[0].name!r}", known)
        return found

    def unfed(self, where: str, name: str, what: str, known: int) -> None:
        """Add a problem for what stands for no sound, unless more than `known` problems say why already."""
        if not self.faulty and len(self.diagnostics.problems) == known:
            self.diagnostics.problem(where, name, f"{what} is an input of the recipe that nothing feeds here")

    def outs(self, name: str, feed: Feed, path: tuple[str, ...] = ()) -> list[Out]:
        """The outputs that a name stands for; none for an optional input of a recipe that is left out.

        `path` has the aliases followed so far.
        """
        node, _, port = feed.name.partition(".")
        if feed.name in path:
            cycle = " > ".join(shortened([feed.name, *reversed(path[path.index(feed.name) :])]))
            self.diagnostics.problem(feed.where, name, f"cycle: {cycle}")
        elif feed.name in self.aliases:
            path = (*path, feed.name)
            return [out for inner in self.aliases[feed.name] for out in self.outs(name, inner, path)]
        elif node in self.recipes and not self.recipes[node].outputs:
            pass  # reported already
        elif node in self.recipes:
            outputs = [known for known in self.recipes[node].outputs if known]
            what = f"{node!r} has no output {port!r}{nearest(port, outputs) or has(outputs)}"
            self.diagnostics.problem(feed.where, name, what)
        elif node in self.aliases:
            return [
                out
                for inner in self.aliases[node]
                for out in self.outs(name, Feed(f"{inner.name}.{port}", feed.where))
            ]
        elif node in self.drafts:
            outputs = list(self.drafts[node].type.outputs)
            if port and port not in outputs:
                what = f"{node!r} has no output {port!r}{nearest(port, outputs) or has(outputs)}"
                self.diagnostics.problem(feed.where, name, what)
            return [(node, port or outputs[0])]
        elif node not in self.faulty:
            near = nearest(feed.name, [*self.drafts, *self.aliases])
            self.diagnostics.problem(feed.where, name, f"{feed.name!r} is not a node{near}")
        return []

    def full_name(self, name: str, node: str, where: str) -> str:
        """The full name of a node that a moment of node `name` refers to; as it is if there is none."""
        known = len(self.diagnostics.problems)
        outs = self.outs(name, Feed(node.lstrip("/"), where))
        if not outs:
            self.unfed(where, name, repr(node.lstrip("/")), known)
        return outs[0][0] if outs else node

    def resolved(self, name: str, value: Any, path: str, draft: Draft) -> Any:
        """A value whose moments refer to nodes by their full names; `path` is its key in `draft.lines`."""
        if isinstance(value, Moment):
            where = draft.lines.get(path) or draft.lines.get(path.partition(".")[0]) or draft.where
            return value.renamed(lambda node: self.full_name(name, node, where))
        if isinstance(value, tuple) and any(True for _ in moments(value)):
            return tuple(
                {key: self.resolved(name, part, f"{path}.{row}.{key}", draft) for key, part in parts.items()}
                for row, parts in enumerate(value)
            )
        return value
