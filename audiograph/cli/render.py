"""`audiograph render`: render a graph to sound files."""

from collections.abc import Callable, Iterable, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from audiograph.cli.formatting import clock, counted, dbfs, format_of, in_json, plain, problem_line, say
from audiograph.cli.options import (
    FileName,
    NewFile,
    graph_argument,
    json_option,
    licences_option,
    planning,
)
from audiograph.cli.progress import Progress
from audiograph.cli.standard_streams import (
    STANDARD,
    check_stdout,
    name_of,
    sound_to_stdout,
    source,
    write_text,
)
from audiograph.errors import Unexpected, visible
from audiograph.language.quantity import shown

if TYPE_CHECKING:
    from audiograph.graph import Limits
    from audiograph.plan import Plan
    from audiograph.rendering.expectations import Finding
    from audiograph.rendering.files import Report, Written
    from audiograph.rendering.outputs import OutputFile


@click.command()
@graph_argument
@click.option(
    "-o",
    "--out",
    type=FileName(),
    help="File or folder to write; with several outputs, the folder for them. - is standard output.",
)
@click.option(
    "--format",
    "kind",
    metavar="FORMAT",
    help="Format to write, such as flac, or raw for samples alone; by default the suffix says it.",
)
@click.option("--force", is_flag=True, help="Replace files that are read-only, too.")
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
    kind: str | None,
    force: bool,
    settings: dict[str, str],
    rate: int | None,
    files: tuple[Path, ...],
    limits: "Limits",
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
    from audiograph.rendering.outputs import in_format, output_files

    if quiet and verbose:
        raise click.UsageError("-q and -v exclude each other")
    if out == receipt == STANDARD:
        raise click.UsageError("standard output takes the sound or the receipt, not both")
    if out == STANDARD and not dry_run:
        check_stdout()
    reports = Reports(quiet, as_json, to_stderr=STANDARD in (out, receipt))
    plan = load(
        source(graph), settings,
        rate=rate, block=block or BLOCK, nodes=files, fold=not no_fold, limits=limits,
    )  # fmt: skip
    if out == STANDARD and len(plan.graph.targets) > 1:
        raise click.UsageError(f"-o - takes one output, and this graph gives {len(plan.graph.targets)} files")
    targets = in_format(plan.graph.targets, kind, always=out == STANDARD)
    outputs = output_files(plan, name_of(graph), out, targets, force=force, own=out == STANDARD)
    _check_permitted(plan, outputs, licences, receipt)
    _print_notes(plan, quiet)
    if verbose:
        _print_plan(plan)
    if dry_run:
        reports.show(
            lambda: {"files": [_intended(plan, output) for output in outputs], "notes": _notes(plan)},
            [_would_write(plan, output) for output in outputs],
        )
        return
    known, receipts = len(plan.notes), dict[Path, str]()

    def beside(report: "Report", staged: Mapping[Path, Path]) -> Mapping[Path, str]:
        """The receipt, which appears together with the files; one that is printed comes after them."""
        assert receipt
        receipts[receipt] = _receipt(plan, outputs, report, graph, staged)
        return receipts if receipt != STANDARD else {}

    with ExitStack() as stack:
        written = outputs
        if out == STANDARD:
            written = [
                outputs[0]._replace(path=stack.enter_context(sound_to_stdout(outputs[0].encoding.kind)))
            ]
        try:
            with Progress(quiet) as progress:
                report = write(
                    plan, written, progress,
                    strict=strict, measured=receipt is not None, threads=threads, force=force, limits=limits,
                    beside=beside if receipt else None,
                )  # fmt: skip
        except Unexpected as error:
            _print_notes(plan, quiet, known)
            findings = error.findings
            reports.show(lambda: {"files": [], "expect": _findings(findings), "notes": _notes(plan)}, [])
            raise
        if receipt == STANDARD:
            write_text(STANDARD, receipts[STANDARD])
    named = [file._replace(path=each.path) for file, each in zip(report.files, outputs, strict=True)]
    report = report._replace(files=tuple(named))
    _print_notes(plan, quiet, known)
    speed = report.length / report.seconds
    reports.show(
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
    plan: "Plan", outputs: list["OutputFile"], licences: tuple[str, ...], receipt: Path | None
) -> None:
    """Raises GraphError for a sound that may not be used, or a receipt that cannot be written."""
    if licences:
        from audiograph.rendering import credits as crediting

        crediting.check(crediting.credits(plan.graph), licences)
    if receipt and receipt != STANDARD:
        from audiograph.rendering import receipt as receipts

        receipts.check(receipt, plan, outputs)


def _receipt(
    plan: "Plan", outputs: list["OutputFile"], report: "Report", graph: Path, staged: Mapping[Path, Path]
) -> str:
    from audiograph.rendering import receipt as receipts

    facts = receipts.receipt(plan, outputs, report, None if graph == STANDARD else graph, staged)
    for output, fact in zip(outputs, facts["outputs"], strict=True):
        fact["path"] = visible(output.path)  # which is not that of the temporary file for standard output
    return receipts.text(facts)


def _print_notes(plan: "Plan", quiet: bool, known: int = 0) -> None:
    """Print the notes of the plan, except the first `known` ones."""
    for note in plan.notes[known:] if not quiet else ():
        say(f"note: {problem_line(note)}")


def _notes(plan: "Plan") -> list[str]:
    return [problem_line(note) for note in plan.notes]


class Reports(NamedTuple):
    """How results are printed: as text or JSON, on stdout, or on stderr where stdout has the sound."""

    quiet: bool
    as_json: bool
    to_stderr: bool

    def show(self, facts: Callable[[], dict[str, Any]], lines: list[str]) -> None:
        """Print the facts, or else the lines."""
        if self.as_json:
            click.echo(in_json(facts()), err=self.to_stderr)
        elif not self.quiet:
            for line in lines:
                click.echo(plain(line), err=self.to_stderr)


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
    exists = output.path != STANDARD and output.path.exists()
    replaced = ", in place of the old one" if exists else ""
    return f"would write {output.path}: {length}, {format_of(plan.rate, output.channels)}{replaced}"


def _print_plan(plan: "Plan") -> None:
    nodes = plan.graph.nodes
    say(f"planned {counted(len(nodes), 'node')} at {shown(plan.rate, 'Hz')}: {', '.join(nodes)}")
    for path in dict.fromkeys(plan.inputs()):
        say(f"reads {path}")
