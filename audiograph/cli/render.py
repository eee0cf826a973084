"""`audiograph render`: render a graph to sound files."""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from audiograph.cli.formatting import clock, counted, dbfs, format_of, in_json, plain, problem_line, say
from audiograph.cli.options import NewFile, graph_argument, json_option, licences_option, planning
from audiograph.cli.progress import Progress
from audiograph.errors import Unexpected
from audiograph.language.quantity import shown

if TYPE_CHECKING:
    from audiograph.plan import Plan
    from audiograph.rendering.expectations import Finding
    from audiograph.rendering.files import Report, Written
    from audiograph.rendering.outputs import OutputFile


@click.command()
@graph_argument
@click.option(
    "-o",
    "--out",
    type=click.Path(path_type=Path),
    help="File or folder to write; with several outputs, the folder for them.",
)
@planning
@click.option("--block", type=click.IntRange(64, 1 << 20), help="Frames processed at a time.")
@click.option(
    "--jobs", "threads", type=click.IntRange(1, 256), help="Number of threads; by default one per processor."
)
@click.option("--no-fold", is_flag=True, help="Run each node by itself; do not fuse neighbours.")
@click.option("--dry-run", is_flag=True, help="Check everything, list what would be written, write nothing.")
@click.option("--strict", is_flag=True, help="Write nothing, and fail, if the mix does not meet `expect`.")
@click.option(
    "--receipt",
    type=NewFile(),
    help="Write a JSON file with all inputs, settings and results; the output files are measured for it.",
)
@licences_option
@click.option("-q", "--quiet", is_flag=True, help="Print errors only.")
@click.option("-v", "--verbose", is_flag=True, help="Print more: the plan, and the time taken.")
@json_option
def render(
    graph: Path,
    out: Path | None,
    settings: dict[str, str],
    rate: int | None,
    files: tuple[Path, ...],
    block: int | None,
    threads: int | None,
    no_fold: bool,
    dry_run: bool,
    strict: bool,
    receipt: Path | None,
    licences: tuple[str, ...],
    quiet: bool,
    verbose: bool,
    as_json: bool,
) -> None:
    """Render a graph to its sound files.

    Either all files are written whole, or none is touched.
    """
    from audiograph.plan import BLOCK
    from audiograph.rendering.expectations import problem_of
    from audiograph.rendering.files import render as write
    from audiograph.rendering.loading import load
    from audiograph.rendering.outputs import output_files

    if quiet and verbose:
        raise click.UsageError("-q and -v exclude each other")
    plan = load(graph, settings, rate=rate, block=block or BLOCK, nodes=files, fold=not no_fold)
    outputs = output_files(plan, graph.stem, out)
    _check_permitted(plan, outputs, graph, licences, receipt)
    _print_notes(plan, quiet)
    if verbose:
        _print_plan(plan)
    if dry_run:
        _print_results(
            quiet,
            as_json,
            lambda: {"files": [_intended(plan, output) for output in outputs], "notes": _notes(plan)},
            [_would_write(plan, output) for output in outputs],
        )
        return
    known = len(plan.notes)
    try:
        with Progress(quiet) as progress:
            report = write(
                plan, outputs, progress, strict=strict, measured=receipt is not None, threads=threads
            )
    except Unexpected as error:
        _print_notes(plan, quiet, known)
        findings = error.findings
        _print_results(
            quiet, as_json, lambda: {"files": [], "expect": _findings(findings), "notes": _notes(plan)}, []
        )
        raise
    if receipt:
        from audiograph.rendering import receipt as receipts

        receipts.write(receipt, receipts.receipt(plan, outputs, report, graph))
    _print_notes(plan, quiet, known)
    speed = report.length / report.seconds
    _print_results(
        quiet,
        as_json,
        lambda: {**_facts(report, speed), "notes": _notes(plan)},
        [_line(file, speed) for file in report.files]
        + [f"as expected: {finding}" for finding in report.findings if finding.holds],
    )
    for finding in report.findings:
        if not finding.holds:
            say(str(problem_of(finding)))
    if verbose:
        say(
            f"rendered in {shown(round(report.seconds, 3), 's')}, "
            f"{counted(progress.kernels_compiled, 'kernel')} compiled"
        )


def _check_permitted(
    plan: "Plan", outputs: list["OutputFile"], graph: Path, licences: tuple[str, ...], receipt: Path | None
) -> None:
    """Raises GraphError for a sound that may not be used, or a receipt that cannot be written."""
    if licences:
        from audiograph.rendering import credits as crediting

        crediting.check(crediting.credits(plan.graph), licences)
    if receipt:
        from audiograph.rendering import receipt as receipts

        receipts.check(receipt, plan, outputs, graph)


def _print_notes(plan: "Plan", quiet: bool, known: int = 0) -> None:
    """Print the notes of the plan, except the first `known` ones."""
    for note in plan.notes[known:] if not quiet else ():
        say(f"note: {problem_line(note)}")


def _notes(plan: "Plan") -> list[str]:
    return [problem_line(note) for note in plan.notes]


def _print_results(quiet: bool, as_json: bool, facts: Callable[[], dict[str, Any]], lines: list[str]) -> None:
    if as_json:
        click.echo(in_json(facts()))
    elif not quiet:
        for line in lines:
            click.echo(plain(line))


def _line(file: "Written", speed: float) -> str:
    level = dbfs(file.peak)
    peak = "silence" if level is None else f"peak {level:.1f} dB"
    return (
        f"{file.path}: {clock(file.frames, file.rate)}, {format_of(file.rate, file.channels)}, "
        f"{speed:.3g} x real time, {peak}, {counted(file.clipped, 'clipped sample')}"
    )


def _facts(report: "Report", speed: float) -> dict[str, Any]:
    files = [
        {
            **_sizes(file.path, file.frames, file.rate, file.channels),
            "peak_dbfs": dbfs(file.peak),
            "clipped": file.clipped,
        }
        for file in report.files
    ]
    expect = _findings(report.findings)
    return {"files": files, "expect": expect, "seconds": report.seconds, "times_real_time": speed}


def _intended(plan: "Plan", output: "OutputFile") -> dict[str, Any]:
    return _sizes(output.path, output.frames, plan.rate, output.channels)


def _findings(findings: Iterable["Finding"]) -> Any:
    from audiograph.rendering.receipt import expectation, json_ready

    return json_ready([expectation(finding) for finding in findings])


def _sizes(path: Path, frames: int, rate: int, channels: int) -> dict[str, Any]:
    return {"path": str(path), "frames": frames, "seconds": frames / rate, "rate": rate, "channels": channels}


def _would_write(plan: "Plan", output: "OutputFile") -> str:
    length = clock(output.frames, plan.rate)
    replaced = ", in place of the old one" if output.path.exists() else ""
    return f"would write {output.path}: {length}, {format_of(plan.rate, output.channels)}{replaced}"


def _print_plan(plan: "Plan") -> None:
    nodes = plan.graph.nodes
    say(f"planned {counted(len(nodes), 'node')} at {shown(plan.rate, 'Hz')}: {', '.join(nodes)}")
    for path in dict.fromkeys(plan.inputs()):
        say(f"reads {path}")
