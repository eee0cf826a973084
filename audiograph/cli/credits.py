"""`audiograph credits`: whose sounds are in it?"""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from audiograph.cli.formatting import in_json, plain, problem_line, say
from audiograph.cli.options import graph_argument, json_option, licences_option, planning
from audiograph.errors import Setting

if TYPE_CHECKING:
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
    licences: tuple[str, ...],
    as_json: bool,
) -> None:
    """Print whom to credit for the sounds of a graph.

    One line for each file that must not be used without a word. What a file's node
    says of its licence comes first, then FILE.credit.yaml (licence, credit, title,
    source), then its tags. Nothing is rendered.
    """
    from audiograph.rendering import credits as crediting
    from audiograph.rendering.loading import load

    plan = load(graph, settings, rate=rate, nodes=files)
    found = crediting.credits(plan.graph)
    if licences:
        crediting.check(found, licences)
    for problem in crediting.missing(found):
        say(f"note: {problem_line(problem)}")
    if as_json:
        click.echo(in_json({"credits": [_facts(each) for each in found]}))
        return
    due = [each for each in found if crediting.is_due(each)]
    for each in due:
        click.echo(plain(crediting.attribution(each)))
    if not due:
        say(f"{graph}: no sound in it needs a credit")


def _facts(credit: "Credit") -> dict[str, Any]:
    from audiograph.rendering.credits import attribution, is_due

    text = attribution(credit) if is_due(credit) else None
    line = "--set" if isinstance(credit.where, Setting) else credit.where
    return {"node": credit.node, "line": line, **credit.facts(), "text": text}
