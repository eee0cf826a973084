"""`audiograph nodes`: what there is to build with."""

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
    """List the node types and recipes, or tell all about one TYPE."""
    from audiograph.graph.catalog import catalog, recipes
    from audiograph.graph.catalog_entries import catalog_entries

    found = catalog_entries(catalog(files), recipes())
    if type is not None and type not in found:
        raise click.UsageError(f"{type!r} is not a node type{nearest(type, list(found))}")
    if as_json:
        chosen = found.values() if type is None else [found[type]]
        click.echo(in_json({word.name: described(word) for word in chosen}))
    elif type is None:
        _list(found)
    else:
        _manual(found[type])


def described(word: "CatalogEntry") -> dict[str, Any]:
    """All of a node type as plain data."""
    return {
        "about": word.about,
        "reference": word.reference,
        "pace": word.pace,
        "inputs": [
            {
                "name": port.name,
                "optional": port.optional,
                "many": port.many,
                "help": word.input_help.get(port.name, ""),
            }
            for port in word.inputs
        ],
        "outputs": list(word.outputs),
        "params": {name: param.describe() for name, param in word.params.items()},
    }


def _list(found: Mapping[str, "CatalogEntry"]) -> None:
    for title, is_recipe in (("node", False), ("recipe", True)):
        words = [word for word in found.values() if (word.recipe is not None) == is_recipe]
        table((title, "what it does", "in"), [(word.name, word.title, _ports(word)) for word in words])
        if not is_recipe:
            click.echo()


def _ports(word: "CatalogEntry") -> str:
    ins = ", ".join(port.name + "*" * port.many + "?" * port.optional for port in word.inputs) or "-"
    return ins if word.outputs == ("out",) else f"{ins} > {', '.join(word.outputs)}"


def _manual(word: "CatalogEntry") -> None:
    click.echo(f"{word.name}  ({word.pace}; in: {_ports(word)})\n\n{word.about}")
    for name, told in word.input_help.items():
        click.echo(f"\n  {name}: {told}", nl=False)
    if word.input_help:
        click.echo()
    if word.params:
        click.echo()
        rows = [row for name, param in word.params.items() for row in _rows(name, param)]
        table(("parameter", "default", "range", "what it is"), rows)
    if word.reference:
        click.echo(f"\nReference: {word.reference}")


def _rows(name: str, param: "Param") -> Iterator[tuple[str, str, str, str]]:
    """A parameter, and below it its columns if it is a list of mappings."""
    from audiograph.language.parameter import Rows

    yield name, _default(param), param.range(), param.help
    if isinstance(param, Rows):
        for column, of in param.columns.items():
            yield from _rows(f"  {column}", of)


def _default(param: "Param") -> str:
    from audiograph.language.parameter import REQUIRED

    if param.default is REQUIRED:
        return "required"
    return "-" if param.default is None else param.shown(param.default)
