"""Names are looked up, moments too; where a port takes one sound and has several, a sum is put before it."""

from collections.abc import Iterator
from typing import Any

from audiograph.errors import nearest
from audiograph.graph.model import Out, Use
from audiograph.graph.scope import has
from audiograph.graph.unfold import Draft, Fed, Unfolding
from audiograph.node import Input
from audiograph.quantity import Moment, moments


class Linking:
    """Drafts to uses."""

    def __init__(self, unfolding: Unfolding) -> None:
        self.drafts, self.alias, self.catalog = unfolding.drafts, unfolding.alias, unfolding.catalog
        self.notes = unfolding.notes
        self.spoiled = {problem.node for problem in self.notes.problems}  # already said to be wrong

    def uses(self) -> dict[str, Use]:
        """Every node, linked."""
        return {name: use for draft in self.drafts.items() for name, use in self.use(*draft)}

    def use(self, name: str, draft: Draft) -> Iterator[tuple[str, Use]]:
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
                yield total, Use(self.catalog["sum"], {"gains": gains}, {"in": outs}, draft.where)
                feeds[port.name] = ((total, "out"),)
        yield name, Use(draft.type, values, feeds, draft.where, lines)

    def found(self, name: str, draft: Draft, port: Input) -> list[tuple[Out, float | None]]:
        """All that feeds a port, with its gain."""
        fed: list[Fed] = draft.feeds.get(port.name, [])
        if not fed and not port.optional and port.name not in draft.lines:
            self.notes.problem(draft.where, name, f"nothing feeds it: say {port.name}: NODE")
        return [(out, one.gain) for one in fed if (out := self.out(name, one.name, one.where))]

    def out(self, name: str, text: str, where: str) -> Out | None:
        """The node and the port that a name means."""
        node, _, port = text.partition(".")
        while node in self.alias:
            node = self.alias[node]
        draft = self.drafts.get(node)
        if draft is None:
            if node not in self.spoiled:
                known = [*self.drafts, *self.alias]
                self.notes.problem(where, name, f"{text!r} is no node{nearest(text, known)}")
            return None
        outputs = draft.type.outputs
        if port and port not in outputs:
            what = f"{node!r} has no output {port!r}{nearest(port, outputs) or has(outputs)}"
            self.notes.problem(where, name, what)
        return node, port or outputs[0]

    def told(self, name: str, value: Any, where: str) -> Any:
        """A value whose moments name plain nodes."""
        if isinstance(value, Moment):
            out = self.out(name, value.node, where) if value.node else None
            return value._replace(node=out[0]) if out else value
        if isinstance(value, tuple) and any(True for _ in moments(value)):
            return tuple({key: self.told(name, part, where) for key, part in row.items()} for row in value)
        return value
