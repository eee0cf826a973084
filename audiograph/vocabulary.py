"""Everything that `use` may name, node types and recipes, told alike."""

from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from audiograph.document import Entry, load
from audiograph.graph.params import declared
from audiograph.node import Input, NodeType
from audiograph.parameter import Param


class Word(NamedTuple):
    """A node type or a recipe, as one who writes a graph sees it."""

    name: str
    about: str
    inputs: tuple[Input, ...]
    outputs: tuple[str, ...]
    params: Mapping[str, Param]
    reference: str = ""
    recipe: Path | None = None  # the file, if it is a recipe
    heard: Mapping[str, str] = {}  # noqa: RUF012 - never written; input -> what it is for, as a recipe says

    @property
    def title(self) -> str:
        """The first line of what it says of itself; of a recipe, the first sentence."""
        line = self.about.partition("\n")[0]
        return f"{line.partition('. ')[0].rstrip('.')}." if self.recipe else line


def vocabulary(types: Mapping[str, NodeType], recipes: Mapping[str, Path]) -> dict[str, Word]:
    """All words by name, sorted. Raises GraphError for a recipe that cannot be read."""
    words = [_of_type(name, kind) for name, kind in types.items()]
    words += [_of_recipe(name, path) for name, path in recipes.items()]
    return {word.name: word for word in sorted(words, key=lambda word: word.name)}


def _of_type(name: str, kind: NodeType) -> Word:
    return Word(name, kind.about, kind.inputs, kind.outputs, kind.params, kind.reference)


def _of_recipe(name: str, path: Path) -> Word:
    document = load(path)
    params, outputs = document.get("params") or Entry(), document.get("outputs") or {"out": None}
    inputs = document.get("inputs") or ()
    return Word(
        name,
        str(document.get("about", "")).strip(),
        tuple(Input(name.rstrip("?"), name.endswith("?"), many=False) for name in inputs),
        tuple(outputs),
        {key: declared(raw) for key, raw in params.items()},
        recipe=path,
        heard={name.rstrip("?"): text for name, text in inputs.items()} if isinstance(inputs, Entry) else {},
    )
