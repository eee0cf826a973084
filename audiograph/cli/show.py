"""`audiograph show`: a planned graph as a table or a picture."""

from collections.abc import Iterable
from itertools import compress
from pathlib import Path
from typing import TYPE_CHECKING

import click

from audiograph.cli.formatting import clock, in_json, plain, table
from audiograph.cli.limiting import check_jailed
from audiograph.cli.options import NewFile, graph_argument, json_option, planning
from audiograph.cli.standard_streams import STANDARD, check_kept, source, write_text
from audiograph.language.quantity import shown

if TYPE_CHECKING:
    from audiograph.graph import Limits
    from audiograph.views.outline import Row

COLUMNS = ("node", "type", "fed by", "ch", "length", "start", "latency", "region", "opened", "values")


@click.command()
@graph_argument
@planning
@click.option("--mermaid", "as_mermaid", is_flag=True, help="A Mermaid flowchart instead of the table.")
@click.option("--svg", "picture", type=NewFile(), help="Draw it to this SVG file.")
@json_option
def show(
    graph: Path,
    settings: dict[str, str],
    rate: int | None,
    files: tuple[Path, ...],
    limits: "Limits",
    as_mermaid: bool,
    picture: Path | None,
    as_json: bool,
) -> None:
    """Show a graph as it is planned, or draw it.

    The table lists every node in the order of the plan. Nodes with the same letter
    under `region` run together, block by block; timeline nodes have no letter.
    Values are those that differ from the defaults.
    """
    from audiograph.rendering.loading import load
    from audiograph.views import drawings
    from audiograph.views.outline import rows

    if as_mermaid and as_json:
        raise click.UsageError("--mermaid and --json exclude each other")
    plan = load(source(graph), settings, rate=rate, nodes=files, limits=limits)
    if picture:
        if picture != STANDARD:
            check_jailed(limits, "--svg", picture, writing=True)
        check_kept("--svg", picture, plan.files())
        write_text(picture, drawings.svg(plan.graph))
    if as_mermaid:
        click.echo(drawings.mermaid(plan.graph))
    elif as_json:
        nodes = [row._asdict() for row in rows(plan)]
        outputs = [{"name": target.name, "from": ".".join(target.out)} for target in plan.graph.targets]
        click.echo(in_json({"rate": plan.rate, "nodes": nodes, "outputs": outputs}))
    elif not picture:
        click.echo(plain(plan.graph.about or str(graph)))
        for name, (param, value) in plan.graph.params.items():
            click.echo(plain(f"  ${name} = {'-' if value is None else param.shown(value)}"))
        click.echo()
        _table(rows(plan), plan.rate)


def _table(rows: Iterable["Row"], rate: int) -> None:
    cells = [_cells(row, rate) for row in rows]
    used = [any(row[column] for row in cells) for column in range(len(COLUMNS))]
    titles, *lines = [list(compress(row, used)) for row in (COLUMNS, *cells)]
    table(titles, lines, right=("length", "start", "latency"))


def _cells(row: "Row", rate: int) -> tuple[str, ...]:
    """The texts of a row; usual values are left empty, and an empty column is left out of the table."""
    first = next(iter(row.feeds), "")
    feeds = [
        ", ".join(names) if port == first else f"{port}: {', '.join(names)}"
        for port, names in row.feeds.items()
    ]
    return (
        row.name,
        row.type,
        "; ".join(feeds),
        " ".join(map(str, row.channels)),
        clock(row.frames, rate, 3),
        clock(row.start, rate, 3) if row.start else "",
        shown(round(row.latency / rate, 6), "s") if row.latency else "",
        " ".join(row.regions),
        f"x{row.opened}" if row.opened > 1 else "" if row.opened else "never",
        ", ".join(f"{key}: {value}" for key, value in row.values.items()),
    )
