"""Document → Graph: everything is unfolded first, and names are looked up after; all problems at once."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from audiograph.document import Entry
from audiograph.errors import GraphError, Problem, nearest
from audiograph.graph.link import Linking
from audiograph.graph.model import Graph
from audiograph.graph.order import in_order, unheard
from audiograph.graph.params import declared
from audiograph.graph.scope import Notes, Scope, has, section
from audiograph.graph.targets import targets
from audiograph.graph.unfold import Unfolding
from audiograph.graph.values import named
from audiograph.node import NodeType
from audiograph.parameter import REQUIRED, Param, Quantity
from audiograph.quantity import Wrong

TOP = ("about", "rate", "params", "nodes", "output", "outputs")
RATE = Quantity(None, "rate of the graph", "Hz", 4000.0, 768_000.0)
Params = dict[str, tuple[Param, Any]]


def build(
    document: Entry,
    catalog: Mapping[str, NodeType],
    settings: Mapping[str, str] | None = None,
    folder: Path = Path(),
) -> Graph:
    """The graph of `document`, with `settings` (name or node.parameter -> text) in place of what it says.

    Relative files in the document are seen from `folder`, those in settings
    from the current one. Raises GraphError, which lists everything wrong.
    """
    notes = Notes(settings or {})
    notes.strangers(document, TOP, "")
    params, names = _params(document, notes, folder)
    scope = Scope(folder, names=names)
    rate = notes.value(RATE, document.get("rate"), scope, "", "rate", document.at("rate"))
    unfolding = Unfolding(catalog, notes)
    nodes = section(document, "nodes", notes)
    if not nodes and not notes.problems:
        notes.problem(document.where, "", "has no nodes")
    unfolding.nodes(nodes, scope)
    linking = Linking(unfolding)
    uses = linking.uses()
    found = targets(document, linking, scope)
    _check_settings(unfolding, params)
    ordered = in_order(uses, notes.problems)
    if notes.problems:
        raise GraphError(sorted(notes.problems, key=_line))
    idle = unheard(ordered, [target.out for target in found])
    return Graph(
        ordered, found, None if rate is None else round(rate), str(document.get("about", "")), params, idle
    )


def _params(document: Entry, notes: Notes, folder: Path) -> tuple[Params, dict[str, Any]]:
    """Every parameter of the file and its value; and the values as expressions see them, None if unknown."""
    entries, found, names = section(document, "params", notes), Params(), dict[str, Any]()
    for name, raw in entries.items():
        where, label = entries.at(name), f"params/{name}"
        try:
            param = declared(raw)
        except Wrong as error:
            notes.wrong(error, raw, where, label)
            names[name] = None
            continue
        line = raw.at("default") if isinstance(raw, Entry) else where
        if name in notes.settings:
            value = notes.setting(param, name, "", name)
        elif param.default is REQUIRED:
            notes.problem(where, label, f"has no default: give it with --set {name}=...")
            value = None
        else:
            value = notes.value(param, param.default, Scope(folder, names=names), label, "default", line)
        found[name] = param, value
        names[name] = named(param, value)
    return found, names


def _check_settings(unfolding: Unfolding, params: Params) -> None:
    """A problem for each setting that means nothing here."""
    notes, drafts = unfolding.notes, unfolding.drafts
    for setting in sorted(notes.settings.keys() - notes.used):
        node, _, key = setting.rpartition(".")
        if node in drafts:
            known = list(drafts[node].type.params)
            what = f"{drafts[node].type.name} has no {key!r}{nearest(key, known) or has(known)}"
        elif node:
            what = f"{node!r} is no node{nearest(node, list(drafts))}"
        else:
            what = f"{setting!r} is no parameter of this graph{nearest(setting, list(params)) or has(params)}"
        notes.problem("--set", setting, what)


def _line(problem: Problem) -> tuple[str, int]:
    file, _, line = problem.where.rpartition(":")
    return (file, int(line)) if line.isdecimal() else (problem.where, 0)
