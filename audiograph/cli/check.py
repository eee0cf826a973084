"""`audiograph check`: report everything that is wrong with graphs."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from audiograph.cli.exit_codes import FAILED, WRONG, print_problems
from audiograph.cli.formatting import clock, format_of, plain, problem_line, say
from audiograph.cli.limiting import check_jailed
from audiograph.cli.options import FileName, planning
from audiograph.cli.standard_streams import STANDARD, name_of, source
from audiograph.errors import GraphError, Problem

if TYPE_CHECKING:
    from audiograph.graph import Limits
    from audiograph.plan import Plan


@click.command()
@click.argument("graphs", type=FileName(), nargs=-1, required=True)
@click.option(
    "--expect",
    "sound",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="A sound file to measure against what the graph expects of its output.",
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
    limits: "Limits",
) -> None:
    """Report everything that is wrong with graphs.

    Nothing is rendered. For a graph without a fault, the files it would give are listed. Nodes that are
    not used by any output are noted. With --expect FILE, an existing sound file is measured and compared
    with what the graph expects; exit code 1 if an expectation is not met.
    """
    from audiograph.rendering.loading import load
    from audiograph.rendering.outputs import output_files

    if sound and len(graphs) > 1:
        raise click.UsageError("--expect takes one graph")
    if graphs.count(STANDARD) > 1:
        raise click.UsageError("standard input holds one graph")
    if sound:
        check_jailed(limits, "--expect", sound, writing=False)
    wrong = missed = False
    for graph in graphs:
        try:
            plan = load(source(graph), settings, rate=rate, nodes=files, limits=limits)
            outputs = [
                f"{file.path} {clock(file.frames, plan.rate)}, {format_of(plan.rate, file.channels)}"
                for file in output_files(plan, name_of(graph))
            ]
        except GraphError as error:
            print_problems(error)
            wrong = True
            continue
        for note in [*plan.notes, *_unused(plan)]:
            say(f"note: {problem_line(note)}")
        if not sound:
            click.echo(plain(f"{graph}: ok: {'; '.join(outputs)}"))
            continue
        try:
            missed = not _as_expected(plan, sound)
        except GraphError as error:
            print_problems(error)
            wrong = True
    if missed:
        context.exit(FAILED)
    if wrong:
        context.exit(WRONG)


def _as_expected(plan: "Plan", sound: Path) -> bool:
    """Whether a file is what the graph expects of the output it belongs to; prints every finding."""
    from audiograph.measuring.whole_files import measure
    from audiograph.rendering.expectations import checked_by_file, finding, problem_of

    checkable, others = checked_by_file(plan.graph, sound)
    for expected in others:
        say(f"note: {expected.where}: expect: {expected.label} cannot be checked on a file: render")
    levels = measure(sound)
    findings = [finding(expected, levels) for expected in checkable]
    for each in findings:
        if each.holds:
            click.echo(plain(f"as expected: {each}"))
        else:
            say(str(problem_of(each)))
    return all(each.holds for each in findings)


def _unused(plan: "Plan") -> Iterator[Problem]:
    nodes = plan.graph.nodes
    for name in plan.graph.unused:
        yield Problem(nodes[name].where, name, "not used by any output")
