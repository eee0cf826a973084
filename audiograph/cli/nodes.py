"""`audiograph nodes`: what there is to build with."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from audiograph.cli.options import json_option, nodes_option
from audiograph.cli.words import table
from audiograph.errors import nearest
from audiograph.parameter import REQUIRED, Param, Rows

if TYPE_CHECKING:
    from audiograph.node import NodeType


@click.command()
@click.argument("type", required=False)
@nodes_option
@json_option
def nodes(type: str | None, files: tuple[Path, ...], as_json: bool) -> None:
    """List the node types, or tell all about one TYPE."""
    from audiograph.catalog import catalog

    found = catalog(files)
    if type is not None and type not in found:
        raise click.UsageError(f"{type!r} is no node type{nearest(type, list(found))}")
    if as_json:
        chosen = found.items() if type is None else [(type, found[type])]
        click.echo(json.dumps({name: described(kind) for name, kind in chosen}, indent=2))
    elif type is None:
        _list(found)
    else:
        _manual(found[type])


def described(kind: "NodeType") -> dict[str, Any]:
    """All of a node type as plain data."""
    return {
        "about": kind.about,
        "reference": kind.reference,
        "effect": kind.is_effect,
        "inputs": [port._asdict() for port in kind.inputs],
        "outputs": list(kind.outputs),
        "params": {name: param.describe() for name, param in kind.params.items()},
    }


def _list(found: Mapping[str, "NodeType"]) -> None:
    rows = [(name, kind.about.partition("\n")[0], _ports(kind)) for name, kind in sorted(found.items())]
    table(("node", "what it does", "in"), rows)


def _ports(kind: "NodeType") -> str:
    ins = ", ".join(port.name + "*" * port.many + "?" * port.optional for port in kind.inputs) or "-"
    return ins if kind.outputs == ("out",) else f"{ins} > {', '.join(kind.outputs)}"


def _manual(kind: "NodeType") -> None:
    pace = "effect" if kind.is_effect else "timeline"
    click.echo(f"{kind.name}  ({pace}; in: {_ports(kind)})\n\n{kind.about}")
    if kind.params:
        click.echo()
        rows = [row for name, param in kind.params.items() for row in _rows(name, param)]
        table(("parameter", "default", "range", "what it is"), rows)
    if kind.reference:
        click.echo(f"\nReference: {kind.reference}")


def _rows(name: str, param: Param) -> Iterator[tuple[str, str, str, str]]:
    """A parameter, and below it its columns if it is a list of mappings."""
    yield name, _default(param), param.range(), param.help
    if isinstance(param, Rows):
        for column, of in param.columns.items():
            yield from _rows(f"  {column}", of)


def _default(param: Param) -> str:
    if param.default is REQUIRED:
        return "required"
    return "-" if param.default is None else param.shown(param.default)
