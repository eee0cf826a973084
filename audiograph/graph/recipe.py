"""A graph file with `inputs` is a recipe, which other graphs use like a node type."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from audiograph.errors import GraphError, Problem
from audiograph.graph.diagnostics import Diagnostics
from audiograph.language.document import Entry, Items, load

USED_AT = ", used at "  # in a place within a recipe: "half.yaml:3, used at mix.yaml:7"
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


def own_place(where: str) -> str:
    """The part of a place within a recipe that lies in the recipe's own file."""
    return where.partition(USED_AT)[0]


def outermost(where: str) -> str:
    """The part of a place that lies in the file being built, not in a recipe it uses."""
    return where.rpartition(USED_AT)[2] if USED_AT in where else where


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
    if not isinstance(raw, (Items, Entry)) or not all(isinstance(name, str) for name in raw):
        diagnostics.problem(document.at("inputs"), node, "inputs: is not a list of names such as [in, key?]")
        return {}
    return {name.rstrip("?"): name.endswith("?") for name in raw}


def _outputs(document: Entry, label: str, diagnostics: Diagnostics) -> dict[str, str]:
    if ("output" in document) == ("outputs" in document):
        diagnostics.problem(document.where, label, "a recipe names one output, or several in outputs")
    several = "outputs" in document
    declared = diagnostics.section(document, "outputs") if several else {"": document.get("output", "")}
    outputs: dict[str, str] = {}
    for name, raw in declared.items():
        node = raw.get("from") if isinstance(raw, Entry) else raw
        if isinstance(node, str):
            outputs[name] = node
        else:
            diagnostics.problem(document.at("outputs"), label, f"output {name}: is not the name of a node")
    return {"": next(iter(outputs.values()), ""), **outputs}
