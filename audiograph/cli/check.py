"""`audiograph check`: is anything wrong?"""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from audiograph.cli.exit_codes import FAILED, WRONG, problems
from audiograph.cli.formatting import clock, format_of, plain, problem_line, say
from audiograph.cli.options import planning
from audiograph.errors import GraphError, Problem

if TYPE_CHECKING:
    from audiograph.plan import Plan


@click.command()
@click.argument("graphs", type=click.Path(path_type=Path), nargs=-1, required=True)
@click.option(
    "--expect",
    "sound",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="A sound file: is it what the graph expects of its output?",
)
@planning
@click.pass_context
def check(
    context: click.Context,
    graphs: tuple[Path, ...],
    sound: Path | None,
    settings: dict[str, str],
    rate: int | None,
    files: tuple[Path, ...],
) -> None:
    """Say everything that is wrong with graphs.

    Nothing is rendered. A graph without a fault gets a line with what it would give. Nodes that no
    output uses are noted. With --expect FILE a sound file that exists is measured, and held against
    what the graph expects; exit code 1 where it falls short.
    """
    from audiograph.rendering.loading import load
    from audiograph.rendering.outputs import output_files

    if sound and len(graphs) > 1:
        raise click.UsageError("--expect takes one graph")
    wrong = missed = False
    for graph in graphs:
        try:
            plan = load(graph, settings, rate=rate, nodes=files)
            made = [
                f"{job.path} {clock(job.frames, plan.rate)}, {format_of(plan.rate, job.channels)}"
                for job in output_files(plan, graph.stem)
            ]
        except GraphError as error:
            problems(error)
            wrong = True
            continue
        for note in [*plan.notes, *_unused(plan)]:
            say(f"note: {problem_line(note)}")
        if not sound:
            click.echo(plain(f"{graph}: ok: {'; '.join(made)}"))
            continue
        try:
            missed = not _as_expected(plan, sound)
        except GraphError as error:
            problems(error)
            wrong = True
    if missed:
        context.exit(FAILED)
    if wrong:
        context.exit(WRONG)


def _as_expected(plan: "Plan", sound: Path) -> bool:
    """Whether a file is what the graph expects of the output it belongs to; every finding is told."""
    from audiograph.measuring.whole_files import measure
    from audiograph.rendering.expectations import checked_by_file, finding, problem_of

    told, untold = checked_by_file(plan.graph, sound)
    for expected in untold:
        say(f"note: {expected.where}: expect: {expected.label} is not told by a file: render to see")
    levels = measure(sound)
    found = [finding(expected, levels) for expected in told]
    for each in found:
        if each.holds:
            click.echo(plain(f"as expected: {each}"))
        else:
            say(str(problem_of(each)))
    return all(each.holds for each in found)


def _unused(plan: "Plan") -> Iterator[Problem]:
    nodes = plan.graph.nodes
    for name in plan.graph.unused:
        yield Problem(nodes[name].where, name, "not used by any output")
