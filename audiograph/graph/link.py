"""Names are looked up, moments too; where a port takes one sound and has several, a sum is put before it."""

from collections.abc import Iterator
from typing import Any

from audiograph.errors import nearest
from audiograph.graph.model import NodeUse, Out
from audiograph.graph.scope import has
from audiograph.graph.unfold import Draft, Fed, Unfolding
from audiograph.language.quantity import Moment, moments
from audiograph.node import Input


class Linking:
    """Drafts to uses."""

    def __init__(self, unfolding: Unfolding) -> None:
        self.drafts, self.alias, self.catalog = unfolding.drafts, unfolding.alias, unfolding.catalog
        self.notes, self.recipes = unfolding.notes, unfolding.recipes_used
        self.spoiled = {problem.node for problem in self.notes.problems}  # already said to be wrong

    def uses(self) -> dict[str, NodeUse]:
        """Every node, linked."""
        return {name: use for draft in self.drafts.items() for name, use in self.use(*draft)}

    def use(self, name: str, draft: Draft) -> Iterator[tuple[str, NodeUse]]:
        """The node, and before it the sums that it needs."""
        lines = draft.lines
        values = {
            key: self.told(name, value, lines.get(key, draft.where)) for key, value in draft.values.items()
        }
        feeds: dict[str, tuple[Out, ...]] = {}
        for port in draft.type.inputs:
            found = self.found(name, draft, port)
            feeds[port.name] = outs = tuple(out for out, _ in found)
            gains = tuple({"gain": gain or 0.0} for _, gain in found)
            plain = all(gain is None for _, gain in found)
            if port.many and "gains" in draft.type.params and not plain:
                values["gains"] = gains
            elif not port.many and (len(found) > 1 or not plain):
                total = f"{name}/{port.name}"
                yield total, NodeUse(self.catalog["sum"], {"gains": gains}, {"in": outs}, draft.where)
                feeds[port.name] = ((total, "out"),)
        yield name, NodeUse(draft.type, values, feeds, draft.where, lines)

    def found(self, name: str, draft: Draft, port: Input) -> list[tuple[Out, float | None]]:
        """All that feeds a port, with its gain."""
        fed: list[Fed] = draft.feeds.get(port.name, [])
        if not fed and not port.optional and port.name not in draft.lines:
            self.notes.problem(draft.where, name, f"nothing feeds it: say {port.name}: NODE")
        return [(out, one.gain) for one in fed for out in self.outs(name, one)]

    def outs(self, name: str, fed: Fed, seen: frozenset[str] = frozenset()) -> list[Out]:
        """The nodes and the ports that a name means: none for an input of a recipe that is left out."""
        node, _, port = fed.name.partition(".")
        if fed.name in seen:
            self.notes.problem(fed.where, name, f"waits for itself: {node}")
        elif fed.name in self.alias:
            return [out for one in self.alias[fed.name] for out in self.outs(name, one, seen | {fed.name})]
        elif node in self.recipes:
            outputs = [known for known in self.recipes[node].outputs if known]
            self.notes.problem(
                fed.where, name, f"{node!r} has no output {port!r}{nearest(port, outputs) or has(outputs)}"
            )
        elif node in self.alias:
            return [
                out
                for one in self.alias[node]
                for out in self.outs(name, Fed(f"{one.name}.{port}", fed.where))
            ]
        elif node in self.drafts:
            outputs = list(self.drafts[node].type.outputs)
            if port and port not in outputs:
                what = f"{node!r} has no output {port!r}{nearest(port, outputs) or has(outputs)}"
                self.notes.problem(fed.where, name, what)
            return [(node, port or outputs[0])]
        elif node not in self.spoiled:
            known = [*self.drafts, *self.alias]
            self.notes.problem(fed.where, name, f"{fed.name!r} is no node{nearest(fed.name, known)}")
        return []

    def told(self, name: str, value: Any, where: str) -> Any:
        """A value whose moments name plain nodes."""
        if isinstance(value, Moment):
            found = self.outs(name, Fed(value.node.lstrip("/"), where)) if value.node else []
            return value._replace(node=found[0][0]) if found else value
        if isinstance(value, tuple) and any(True for _ in moments(value)):
            return tuple({key: self.told(name, part, where) for key, part in row.items()} for row in value)
        return value
