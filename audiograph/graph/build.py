"""Document → Graph: everything is unfolded first, and names are looked up after; all problems at once."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from audiograph.errors import GraphError, Problem, nearest
from audiograph.graph.catalog import recipes as installed
from audiograph.graph.expect import expectations
from audiograph.graph.link import Linking
from audiograph.graph.model import Graph, NodeUse
from audiograph.graph.order import in_order, unheard
from audiograph.graph.params import Give, Params, values_of
from audiograph.graph.recipe import USED_AT
from audiograph.graph.scope import Notes, Scope, has, section
from audiograph.graph.targets import targets
from audiograph.graph.unfold import Unfolding
from audiograph.language.document import Entry
from audiograph.language.parameter import Param, Quantity
from audiograph.node import NodeType

TOP = ("about", "rate", "inputs", "params", "nodes", "output", "outputs", "expect")
RATE = Quantity(None, "rate of the graph", "Hz", 4000.0, 768_000.0)


def build(
    document: Entry,
    catalog: Mapping[str, NodeType],
    settings: Mapping[str, str] | None = None,
    folder: Path = Path(),
    recipes: Mapping[str, Path] | None = None,
) -> Graph:
    """The graph of `document`, with `settings` (name or node.parameter -> text) in place of what it says.

    Relative files in the document are seen from `folder`, those in settings
    from the current one. `recipes` are the files of graphs that may be used by
    name; those that are installed, if left out. Raises GraphError, which lists
    everything wrong.
    """
    notes = Notes(settings or {})
    notes.strangers(document, TOP, "")
    params, names = values_of(document, notes, folder, "params/", _from_settings(notes))
    scope = Scope(folder, names=names)
    rate = notes.value(RATE, document.get("rate"), scope, "", "rate", document.at("rate"))
    if "inputs" in document:
        notes.problem(document.at("inputs"), "", "has inputs: it is a recipe, to be used in a graph")
    unfolding = Unfolding(catalog, installed() if recipes is None else recipes, notes)
    unfolding.alias |= {str(name).rstrip("?"): [] for name in document.get("inputs") or ()}
    nodes = section(document, "nodes", notes)
    if not nodes and not notes.problems:
        notes.problem(document.where, "", "has no nodes")
    unfolding.nodes(nodes, scope)
    linking = Linking(unfolding)
    uses = linking.uses()
    found = targets(document, linking, scope)
    expects = expectations(document, linking, scope, found)
    _check_settings(unfolding, params)
    ordered = in_order(uses, notes.problems)
    if notes.problems:
        _missing_files(uses, notes)
        raise GraphError(sorted(notes.problems, key=_line))
    idle = unheard(ordered, [target.out for target in found] + [out for each in expects for out in each.outs])
    about, hertz = str(document.get("about", "")), None if rate is None else round(rate)
    return Graph(ordered, found, hertz, about, params, idle, expects)


def _from_settings(notes: Notes) -> Give:
    """Parameters of the outermost file are given on the command line."""

    def give(name: str, param: Param) -> tuple[bool, Any]:
        given = name in notes.settings
        return given, notes.setting(param, name, "", name) if given else None

    return give


def _missing_files(uses: Mapping[str, NodeUse], notes: Notes) -> None:
    """Planning says this and more of files; where it is not reached, at least that they are not there."""
    for name, use in uses.items():
        for key, value in use.values.items():
            if isinstance(value, Path) and not value.exists():
                notes.problem(use.lines.get(key, use.where), name, f"{key}: {value} does not exist")


def _check_settings(unfolding: Unfolding, params: Params) -> None:
    """A problem for each setting that means nothing here."""
    notes, drafts = unfolding.notes, unfolding.drafts
    for setting in sorted(notes.settings.keys() - notes.used):
        node, _, key = setting.rpartition(".")
        if node in drafts:
            known = list(drafts[node].type.params)
            what = f"{drafts[node].type.name} has no {key!r}{nearest(key, known) or has(known)}"
        elif node in unfolding.recipes_used:
            recipe = unfolding.recipes_used[node]
            known = list(recipe.params)
            what = f"{recipe.path.stem} has no parameter {key!r}{nearest(key, known) or has(known)}"
        elif links := [name for name in drafts if name.startswith(f"{node}/")]:
            what = f"{node!r} is a chain{has(links)}"
        elif node:
            near = nearest(node, [*drafts, *unfolding.recipes_used])
            what = f"{node!r} is no node{_numbered(node, unfolding) or near}"
        else:
            what = f"{setting!r} is no parameter of this graph{nearest(setting, list(params)) or has(params)}"
        notes.problem("--set", setting, what)


def _numbered(node: str, unfolding: Unfolding) -> str:
    """Where a chain has several links of one type they go by their place: which these are."""
    chain, _, kind = node.rpartition("/")
    same = [
        name
        for name, draft in unfolding.drafts.items()
        if name.rpartition("/")[0] == chain and draft.type.name == kind
    ]
    return f"; of this type are {' and '.join(same)}" if len(same) > 1 else ""


def _line(problem: Problem) -> tuple[str, int]:
    """The line of the outermost file that leads to the problem."""
    outermost = problem.where.rpartition(USED_AT)[2]
    file, _, line = outermost.rpartition(":")
    return (file, int(line)) if line.isdecimal() else (outermost, 0)
