"""`audiograph credits`: whom to credit for the sounds of a graph."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from audiograph.cli.formatting import in_json, plain, problem_line, say
from audiograph.cli.options import graph_argument, json_option, licences_option, planning
from audiograph.cli.standard_streams import source
from audiograph.errors import Setting

if TYPE_CHECKING:
    from audiograph.graph import Limits
    from audiograph.rendering.credits import Credit


@click.command()
@graph_argument
@planning
@licences_option
@json_option
def credits(
    graph: Path,
    settings: dict[str, str],
    rate: int | None,
    files: tuple[Path, ...],
    limits: "Limits",
    licences: tuple[str, ...],
    as_json: bool,
) -> None:
    """Print whom to credit for the sounds of a graph.

    One line for each file whose licence requires a credit. The licence is read from
    the node of the file, or else from FILE.credit.yaml (licence, credit, title,
    source), or else from the tags of the file. Nothing is rendered.
    """
    from audiograph.rendering import credits as crediting
    from audiograph.rendering.loading import load

    plan = load(source(graph), settings, rate=rate, nodes=files, limits=limits)
    all_credits = crediting.credits(plan.graph)
    if licences:
        crediting.check(all_credits, licences)
    for problem in crediting.missing(all_credits):
        say(f"note: {problem_line(problem)}")
    if as_json:
        click.echo(in_json({"credits": [_facts(each) for each in all_credits]}))
        return
    due = [each for each in all_credits if crediting.is_due(each)]
    for each in due:
        click.echo(plain(crediting.attribution(each)))
    if not due:
        say(f"{graph}: none of its sounds needs a credit")


def _facts(credit: "Credit") -> dict[str, Any]:
    from audiograph.rendering.credits import attribution, is_due

    text = attribution(credit) if is_due(credit) else None
    line = "--set" if isinstance(credit.where, Setting) else credit.where
    return {"node": credit.node, "line": line, **credit.facts(), "text": text}
