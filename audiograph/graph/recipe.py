"""A graph file with `inputs` is a node type: a recipe."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from audiograph.errors import GraphError, Problem
from audiograph.graph.scope import Notes, section
from audiograph.language.document import Entry, Items, load

USED_AT = ", used at "
KEYS = ("about", "inputs", "params", "nodes", "output", "outputs")


@dataclass(frozen=True)
class Recipe:
    """What a recipe's file says, every line of it with where the recipe is used."""

    path: Path
    document: Entry
    inputs: dict[str, bool]  # name -> whether it may be left out
    outputs: dict[str, str]  # name -> node; "" is the only one, or the first

    @property
    def params(self) -> Entry:
        """The names of its parameters, with where they are declared."""
        found = self.document.get("params")
        return found if isinstance(found, Entry) else Entry()


def opened(path: Path, where: str, node: str, notes: Notes, read: dict[Path, Entry]) -> Recipe | None:
    """The recipe of a file, used at `where`; None, and problems noted, if it cannot be read.

    `read` has the files that were read before.
    """
    try:
        read[path] = read.get(path) or load(path)
        document = _placed(read[path], f"{USED_AT}{where}")
    except GraphError as error:
        notes.problems += [Problem(f"{one.where}{USED_AT}{where}", node, one.what) for one in error.problems]
        return None
    notes.strangers(document, KEYS, node)
    return Recipe(path, document, _inputs(document, node, notes), _outputs(document, node, notes))


def _placed(raw: Any, more: str) -> Any:
    """The same, every place in it with `more` after it."""
    if isinstance(raw, Entry):
        keys = {key: raw.at(key) + more for key in raw}
        return Entry({key: _placed(value, more) for key, value in raw.items()}, raw.where + more, keys)
    if isinstance(raw, Items):
        items = [raw.at(place) + more for place in range(len(raw))]
        return Items([_placed(value, more) for value in raw], raw.where + more, items)
    return raw


def _inputs(document: Entry, node: str, notes: Notes) -> dict[str, bool]:
    """A list of names, or a mapping name -> what it is for; "key?" may be left out."""
    raw = document.get("inputs", Items())
    if not isinstance(raw, (Items, Entry)) or not all(isinstance(name, str) for name in raw):
        notes.problem(document.at("inputs"), node, "inputs: is not a list of names such as [in, key?]")
        return {}
    return {name.rstrip("?"): name.endswith("?") for name in raw}


def _outputs(document: Entry, label: str, notes: Notes) -> dict[str, str]:
    if ("output" in document) == ("outputs" in document):
        notes.problem(document.where, label, "a recipe names one output, or several in outputs")
    found = section(document, "outputs", notes) if "outputs" in document else {"": document.get("output", "")}
    outputs: dict[str, str] = {}
    for name, raw in found.items():
        node = raw.get("from") if isinstance(raw, Entry) else raw
        if isinstance(node, str):
            outputs[name] = node
        else:
            notes.problem(document.at("outputs"), label, f"output {name}: is not the name of a node")
    return {"": next(iter(outputs.values()), ""), **outputs}
