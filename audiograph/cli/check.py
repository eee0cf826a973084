"""`audiograph check`: is anything wrong?"""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from audiograph.cli.endings import WRONG, problems
from audiograph.cli.options import planning
from audiograph.cli.words import clock, format_of, plain, say
from audiograph.errors import GraphError, Problem

if TYPE_CHECKING:
    from audiograph.plan import Plan


@click.command()
@click.argument("graphs", type=click.Path(path_type=Path), nargs=-1, required=True)
@planning
@click.pass_context
def check(
    context: click.Context,
    graphs: tuple[Path, ...],
    settings: dict[str, str],
    rate: int | None,
    files: tuple[Path, ...],
) -> None:
    """Say everything that is wrong with graphs.

    Nothing is rendered. A graph without a fault gets a line with what it would give. Nodes that no
    output hears are noted.
    """
    from audiograph.rendering import jobs, load

    wrong = False
    for graph in graphs:
        try:
            plan = load(graph, settings, rate=rate, nodes=files)
            made = [
                f"{job.path} {clock(job.frames, plan.rate)}, {format_of(plan.rate, job.channels)}"
                for job in jobs(plan, graph.stem)
            ]
        except GraphError as error:
            problems(error)
            wrong = True
            continue
        for note in [*plan.notes, *_unheard(plan)]:
            say(f"note: {note}")
        click.echo(plain(f"{graph}: ok: {'; '.join(made)}"))
    if wrong:
        context.exit(WRONG)


def _unheard(plan: "Plan") -> Iterator[Problem]:
    nodes = plan.graph.nodes
    for name in plan.graph.unheard:
        yield Problem(nodes[name].where, name, "no output hears it")
