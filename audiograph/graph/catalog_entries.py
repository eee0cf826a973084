"""Everything that `use` may name, described alike: node types and recipes."""

from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from audiograph.errors import GraphError, warn
from audiograph.graph.params import declared
from audiograph.language.document import Entry, load
from audiograph.language.parameter import Param
from audiograph.language.quantity import Wrong
from audiograph.node import Input, NodeType


class CatalogEntry(NamedTuple):
    """A node type or a recipe, as the author of a graph sees it."""

    name: str
    about: str
    inputs: tuple[Input, ...]
    outputs: tuple[str, ...]
    params: Mapping[str, Param]
    reference: str = ""
    recipe: Path | None = None  # its file, if it is a recipe
    input_help: Mapping[str, str] = {}  # input -> what it is for; only recipes say so
    pace: str = "recipe"  # "recipe", "effect" or "timeline"

    @property
    def title(self) -> str:
        """The first line of its description; for a recipe, the first sentence."""
        line = self.about.partition("\n")[0]
        return f"{line.partition('. ')[0].rstrip('.')}." if self.recipe else line


def catalog_entries(types: Mapping[str, NodeType], recipes: Mapping[str, Path]) -> dict[str, CatalogEntry]:
    """All entries by name, sorted. A recipe that cannot be read is left out, with a warning in the log."""
    entries = [_of_type(name, kind) for name, kind in types.items()]
    for name, path in recipes.items():
        try:
            entries.append(_of_recipe(name, path))
        except (GraphError, Wrong) as error:
            warn("%s cannot be used and is left out: %s", path, error)
    return {entry.name: entry for entry in sorted(entries, key=lambda entry: entry.name)}


def _of_type(name: str, kind: NodeType) -> CatalogEntry:
    pace = "effect" if kind.is_effect else "timeline"
    return CatalogEntry(name, kind.about, kind.inputs, kind.outputs, kind.params, kind.reference, pace=pace)


def _of_recipe(name: str, path: Path) -> CatalogEntry:
    document = load(path)
    params, inputs, outputs = (document.get(key) for key in ("params", "inputs", "outputs"))
    return CatalogEntry(
        name,
        str(document.get("about", "")).strip(),
        tuple(Input(port.rstrip("?"), port.endswith("?"), many=False) for port in map(str, inputs or ())),
        tuple(outputs or ("out",)),
        {key: declared(raw) for key, raw in params.items()} if isinstance(params, Entry) else {},
        recipe=path,
        input_help={port.rstrip("?"): str(text) for port, text in inputs.items()}
        if isinstance(inputs, Entry)
        else {},
    )
