"""Generates docs/reference/nodes.md and recipes.md from the declarations of nodes and recipes.

python -m audiograph.views.reference docs/reference
"""

import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from audiograph import nodes as own
from audiograph.graph.catalog import catalog, recipes
from audiograph.graph.catalog_entries import CatalogEntry, catalog_entries
from audiograph.language.parameter import REQUIRED, Param
from audiograph.language.rows import Rows
from audiograph.node import NodeType

NODES = """\
# Nodes

Every node type of the package. This page is generated from their source; `audiograph nodes TYPE` prints the
same about each type, also of installed packages and of your own files. [The language](../language.md)
describes how to combine them.
"""
RECIPES = """\
# Recipes

Graphs that are used like nodes. This page is generated from their files, which are plain YAML: read them, and
copy one to start your own. [The language](../language.md#recipes) describes how to write one.
"""


def nodes_page(types: Mapping[str, NodeType]) -> str:
    """The reference of node types, as Markdown."""
    return _page(NODES, catalog_entries(types, {}))


def recipes_page(files: Mapping[str, Path]) -> str:
    """The reference of recipes, as Markdown."""
    return _page(RECIPES, catalog_entries({}, files))


def pages() -> dict[str, str]:
    """Every page by its file name; only nodes and recipes of the package itself, not of plugins."""
    types = {name: kind for name, kind in catalog().items() if kind.make.__module__.startswith(own.__name__)}
    folder = Path(own.__file__).parents[1] / "recipes"
    files = {name: path for name, path in recipes().items() if path.parent == folder}
    return {"nodes.md": nodes_page(types), "recipes.md": recipes_page(files)}


def _page(head: str, entries: Mapping[str, CatalogEntry]) -> str:
    index = [(f"[`{name}`](#{name})", entry.title, _ports(entry)) for name, entry in entries.items()]
    parts = [head, *_table(("name", "what it does", "in"), index), *map(_section, entries.values())]
    return "\n".join(parts).rstrip() + "\n"


def _section(entry: CatalogEntry) -> str:
    parts = [f"## {entry.name}\n", f"{entry.about}\n"]
    if entry.inputs:
        parts.append(f"In: {'; '.join(_input(entry))}.\n")
    if entry.outputs != ("out",):
        parts.append(f"Out: {', '.join(f'`{name}`' for name in entry.outputs)}.\n")
    if entry.params:
        rows = [row for name, param in entry.params.items() for row in _rows(name, param)]
        parts += _table(("parameter", "default", "range", "what it is"), rows)
    if entry.reference:
        parts.append(f"Reference: {entry.reference}\n")
    return "\n".join(parts)


def _input(entry: CatalogEntry) -> Iterator[str]:
    for port in entry.inputs:
        facts = [
            entry.input_help.get(port.name, ""),
            "several" * port.many,
            "may be left out" * port.optional,
        ]
        description = ", ".join(filter(None, facts))
        yield f"`{port.name}`" + (f" ({description})" if description else "")


def _ports(entry: CatalogEntry) -> str:
    return ", ".join(f"`{port.name}{'*' * port.many}{'?' * port.optional}`" for port in entry.inputs) or "–"


def _rows(name: str, param: Param) -> Iterator[tuple[str, ...]]:
    """A parameter, and below it its columns if it is a list of mappings."""
    yield f"`{name}`", _default(param), param.range(), param.help
    if isinstance(param, Rows):
        for name_of_column, column in param.columns.items():
            yield from _rows(f"{name}[].{name_of_column}", column)


def _default(param: Param) -> str:
    if param.default is REQUIRED:
        return "required"
    return "–" if param.default in (None, ()) else param.shown(param.default)


def _table(titles: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    return [_line(titles), "|" + "---|" * len(titles), *map(_line, rows), ""]


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(' '.join(cell.replace('|', '&#124;').split()) for cell in cells)} |"


def main() -> None:
    """Write the pages into a folder."""
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in pages().items():
        (folder / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
