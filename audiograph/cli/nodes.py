"""`audiograph nodes`: list node types and recipes."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from audiograph.cli.formatting import in_json, table
from audiograph.cli.options import json_option, nodes_option
from audiograph.errors import nearest

if TYPE_CHECKING:
    from audiograph.graph.catalog_entries import CatalogEntry
    from audiograph.language.parameter import Param


@click.command()
@click.argument("type", required=False)
@nodes_option
@json_option
def nodes(type: str | None, files: tuple[Path, ...], as_json: bool) -> None:
    """List the node types and recipes, or describe one TYPE."""
    from audiograph.graph.catalog import catalog, recipes
    from audiograph.graph.catalog_entries import catalog_entries

    entries = catalog_entries(catalog(files), recipes())
    if type is not None and type not in entries:
        raise click.UsageError(f"{type!r} is not a node type{nearest(type, list(entries))}")
    if as_json:
        chosen = entries.values() if type is None else [entries[type]]
        click.echo(in_json({entry.name: described(entry) for entry in chosen}))
    elif type is None:
        _list(entries)
    else:
        _manual(entries[type])


def described(entry: "CatalogEntry") -> dict[str, Any]:
    """A node type or recipe as plain data for JSON."""
    return {
        "about": entry.about,
        "reference": entry.reference,
        "pace": entry.pace,
        "inputs": [
            {
                "name": port.name,
                "optional": port.optional,
                "many": port.many,
                "help": entry.input_help.get(port.name, ""),
            }
            for port in entry.inputs
        ],
        "outputs": list(entry.outputs),
        "params": {name: param.describe() for name, param in entry.params.items()},
    }


def _list(entries: Mapping[str, "CatalogEntry"]) -> None:
    for title, is_recipe in (("node", False), ("recipe", True)):
        chosen = [entry for entry in entries.values() if (entry.recipe is not None) == is_recipe]
        table((title, "what it does", "in"), [(entry.name, entry.title, _ports(entry)) for entry in chosen])
        if not is_recipe:
            click.echo()


def _ports(entry: "CatalogEntry") -> str:
    inputs = ", ".join(port.name + "*" * port.many + "?" * port.optional for port in entry.inputs) or "-"
    return inputs if entry.outputs == ("out",) else f"{inputs} > {', '.join(entry.outputs)}"


def _manual(entry: "CatalogEntry") -> None:
    click.echo(f"{entry.name}  ({entry.pace}; in: {_ports(entry)})\n\n{entry.about}")
    for name, about in entry.input_help.items():
        click.echo(f"\n  {name}: {about}", nl=False)
    if entry.input_help:
        click.echo()
    if entry.params:
        click.echo()
        rows = [row for name, param in entry.params.items() for row in _rows(name, param)]
        table(("parameter", "default", "range", "what it is"), rows)
    if entry.reference:
        click.echo(f"\nReference: {entry.reference}")


def _rows(name: str, param: "Param") -> Iterator[tuple[str, str, str, str]]:
    """A parameter, and below it its columns if it is a list of mappings."""
    from audiograph.language.rows import Rows

    yield name, _default(param), param.range(), param.help
    if isinstance(param, Rows):
        for name_of_column, column in param.columns.items():
            yield from _rows(f"  {name_of_column}", column)


def _default(param: "Param") -> str:
    from audiograph.language.parameter import REQUIRED

    if param.default is REQUIRED:
        return "required"
    return "-" if param.default is None else param.shown(param.default)
