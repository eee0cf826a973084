"""Document → Graph: everything is unfolded first, then names are resolved; all problems at once."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from audiograph.errors import GraphError, Setting, nearest
from audiograph.graph.catalog import recipes as installed
from audiograph.graph.diagnostics import Diagnostics, has, in_file_order
from audiograph.graph.expect import expectations
from audiograph.graph.limits import NONE, Limits
from audiograph.graph.link import Linking
from audiograph.graph.model import Graph, NodeUse
from audiograph.graph.order import in_order, unused
from audiograph.graph.params import Give, Params, values_of
from audiograph.graph.recipe import input_names
from audiograph.graph.scope import Scope
from audiograph.graph.settings import Settings
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
    settings: Mapping[str, Any] | None = None,
    folder: Path = Path(),
    recipes: Mapping[str, Path] | None = None,
    limits: Limits = NONE,
) -> Graph:
    """The graph of `document`, with `settings` (name or node.parameter -> value) replacing values in it.

    Relative files in the document lie in `folder`, those in settings in the
    current folder. `recipes` are the graph files that can be used by name: the
    installed ones by default. Raises GraphError, which lists everything wrong, and
    LimitError where the limits do not allow it.
    """
    recipes = installed() if recipes is None else recipes
    limits = limits.reading(*{path.parent for path in recipes.values()})
    diagnostics = Diagnostics(limits)
    given = Settings(settings or {}, diagnostics)
    diagnostics.unknown_keys(document, TOP, "")
    params, names = values_of(document, diagnostics, folder, "", _from_settings(given))
    scope = Scope(folder, names=names)
    rate = diagnostics.value(RATE, document.get("rate"), scope, "", "rate", document.at("rate"))
    if "inputs" in document:
        diagnostics.problem(document.at("inputs"), "", "has inputs: it is a recipe, to be used in a graph")
    unfolding = Unfolding(catalog, recipes, diagnostics, given)
    unfolding.aliases |= {name: [] for name in input_names(document.get("inputs"))}
    nodes = diagnostics.section(document, "nodes")
    if not nodes and not diagnostics.problems:
        diagnostics.problem(document.where, "", "has no nodes")
    unfolding.nodes(nodes, scope)
    linking = Linking(unfolding)
    uses = linking.uses()
    outputs = targets(document, linking, scope)
    expects = expectations(document, linking, scope, outputs)
    _check_unused(unfolding, params)
    ordered = in_order(uses, diagnostics.problems)
    if diagnostics.problems:
        _check_files(uses, diagnostics)
        raise GraphError(in_file_order(diagnostics.problems))
    needed = [target.out for target in outputs] + [out for each in expects for out in each.outs]
    about, hertz = str(document.get("about", "")), None if rate is None else round(rate)
    files = tuple(unfolding.documents)
    return Graph(ordered, outputs, hertz, about, params, unused(ordered, needed), expects, files, limits)


def _from_settings(settings: Settings) -> Give:
    """The parameters of the outermost file are given by settings."""

    def give(name: str, param: Param) -> tuple[bool, Any]:
        is_given = name in settings
        return is_given, settings.read(param, name, "", name) if is_given else None

    return give


def _check_files(uses: Mapping[str, NodeUse], diagnostics: Diagnostics) -> None:
    """Add a problem for each missing file: planning, which would find it, is not reached."""
    for name, use in uses.items():
        for key, value in use.values.items():
            if isinstance(value, Path) and not os.path.exists(value):  # noqa: PTH110 - it raises nothing
                diagnostics.problem(use.lines.get(key, use.where), name, f"{key}: {value} does not exist")


def _check_unused(unfolding: Unfolding, params: Params) -> None:
    """Add a problem for each setting that names nothing in the graph."""
    drafts, recipes = unfolding.drafts, unfolding.recipes_used
    for setting in unfolding.settings.unused():
        node, _, key = setting.rpartition(".")
        if node in drafts:
            known = list(drafts[node].type.params)
            what = f"{drafts[node].type.name} has no {key!r}{nearest(key, known) or has(known)}"
        elif node in recipes:
            known = list(recipes[node].params)
            what = f"{recipes[node].path.stem} has no parameter {key!r}{nearest(key, known) or has(known)}"
        elif links := [name for name in drafts if name.startswith(f"{node}/")]:
            what = f"{node!r} is a chain{has(links)}"
        elif node:
            near = nearest(node, [*drafts, *recipes])
            what = f"{node!r} is not a node{_numbered(node, unfolding) or near}"
        else:
            near = nearest(setting, list(params))
            what = f"{setting!r} is not a parameter of this graph{near or has(params)}"
        unfolding.diagnostics.problem(Setting(setting), setting, what)


def _numbered(node: str, unfolding: Unfolding) -> str:
    """A hint for a link named by its type, if that type occurs more than once and links have numbers."""
    chain, _, kind = node.rpartition("/")
    same = [
        name
        for name, draft in unfolding.drafts.items()
        if name.rpartition("/")[0] == chain and draft.type.name == kind
    ]
    return f"; of this type are {' and '.join(same)}" if len(same) > 1 else ""
