"""A graph file with `inputs` is a recipe, which other graphs use like a node type."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from audiograph.errors import GraphError, Problem
from audiograph.graph.diagnostics import Diagnostics, unknown_param
from audiograph.graph.params import values_of
from audiograph.graph.places import USED_AT, own_place
from audiograph.graph.scope import Scope
from audiograph.graph.settings import Settings
from audiograph.language.document import Entry, Items, load
from audiograph.language.parameter import Param
from audiograph.language.quantity import brief

KEYS = ("about", "inputs", "params", "nodes", "output", "outputs")


@dataclass(frozen=True)
class Recipe:
    """One use of a recipe: its document, in which every place also says where the recipe is used."""

    path: Path
    document: Entry
    inputs: dict[str, bool]  # name -> whether it is optional
    outputs: dict[str, str]  # name -> node; "" is the only output, or the first

    @property
    def params(self) -> Entry:
        """The declarations of its parameters."""
        params = self.document.get("params")
        return params if isinstance(params, Entry) else Entry()


def open_recipe(
    path: Path, where: str, node: str, diagnostics: Diagnostics, documents: dict[Path, Entry]
) -> Recipe | None:
    """The recipe in a file, as used by `node` at `where`; None, and problems, if it cannot be read.

    `documents` caches the files read so far.
    """
    try:
        documents[path] = documents.get(path) or load(path)
        document = _relocated(documents[path], f"{USED_AT}{where}")
    except GraphError as error:
        diagnostics.problems += [
            Problem(f"{problem.where}{USED_AT}{where}", node, problem.what) for problem in error.problems
        ]
        return None
    diagnostics.unknown_keys(document, KEYS, node)
    return Recipe(path, document, _inputs(document, node, diagnostics), _outputs(document, node, diagnostics))


def given_params(
    recipe: Recipe, node: str, entry: Entry, scope: Scope, settings: Settings, diagnostics: Diagnostics
) -> dict[str, Any]:
    """The values of a recipe's parameters, as operands: from settings, else from `entry`, else its defaults.

    `entry` is the node that uses the recipe, in `scope`.
    """

    def give(key: str, param: Param) -> tuple[bool, Any]:
        if (setting := f"{node}.{key}") in settings:
            return True, settings.read(param, setting, node, key)
        if key not in entry:
            return False, None
        declared_at = f" ({own_place(recipe.params.at(key))})"
        return True, diagnostics.value(param, entry[key], scope, node, key, entry.at(key), declared_at)

    _, names = values_of(recipe.document, diagnostics, recipe.path.parent, node, give)
    known = [*names, *recipe.inputs]
    for key, raw in entry.items():
        if key not in known and key != "use":
            diagnostics.problem(entry.at(key), node, unknown_param(recipe.path.stem, key, raw, known))
    return names


def _relocated(raw: Any, suffix: str) -> Any:
    """A copy of a document with `suffix` added to every place in it."""
    if isinstance(raw, Entry):
        keys = {key: raw.at(key) + suffix for key in raw}
        return Entry({key: _relocated(value, suffix) for key, value in raw.items()}, raw.where + suffix, keys)
    if isinstance(raw, Items):
        items = [raw.at(index) + suffix for index in range(len(raw))]
        return Items([_relocated(value, suffix) for value in raw], raw.where + suffix, items)
    return raw


def _inputs(document: Entry, node: str, diagnostics: Diagnostics) -> dict[str, bool]:
    """The inputs: a list of names, or a mapping from name to help text; "key?" is optional."""
    raw = document.get("inputs", Items())
    if not isinstance(raw, (Items, Entry)):
        diagnostics.problem(document.at("inputs"), node, "inputs: is not a list of names such as [in, key?]")
    for index, name in enumerate(raw) if isinstance(raw, Items) else ():
        if not isinstance(name, str):
            what = f"inputs: {brief(name)} is not a name, such as in, or key? for one that may be left out"
            diagnostics.problem(raw.at(index), node, what)
    return input_names(raw)


def input_names(raw: Any) -> dict[str, bool]:
    """The names that `inputs` lists, and whether each is optional; those that are no names are left out."""
    names = [name for name in raw if isinstance(name, str)] if isinstance(raw, (list, dict)) else []
    return {name.rstrip("?"): name.endswith("?") for name in names}


def _outputs(document: Entry, label: str, diagnostics: Diagnostics) -> dict[str, str]:
    if ("output" in document) == ("outputs" in document):
        diagnostics.problem(document.where, label, "a recipe names one output, or several in outputs")
    several = "outputs" in document
    declared = (
        diagnostics.section(document, "outputs") if several else Entry({"": document.get("output", "")})
    )
    outputs: dict[str, str] = {}
    if several and not declared and not document["outputs"]:
        diagnostics.problem(document.at("outputs"), label, "outputs: names no output: add `NAME: NODE`")
    for name, raw in declared.items():
        node = raw.get("from") if isinstance(raw, Entry) else raw
        if isinstance(node, str) and node:
            outputs[name] = node
        elif several or "output" in document:
            where, what = (
                (declared.at(name), f"outputs/{name}") if several else (document.at("output"), "output")
            )
            diagnostics.problem(where, label, f"{what}: {brief(node)} is not the name of a node")
    return {"": next(iter(outputs.values())), **outputs} if outputs else {}
