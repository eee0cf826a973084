"""A plan's outputs as sound files: all of them whole, or none."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, NamedTuple

from audiograph import audiofile
from audiograph.audiofile.atomic import AtomicFiles
from audiograph.audiofile.text_files import add_text
from audiograph.engine.progress import Progress
from audiograph.engine.run import Run
from audiograph.engine.stopwatch import Stopwatch
from audiograph.errors import AudioFileError
from audiograph.graph import Limits, Out
from audiograph.plan import Plan
from audiograph.rendering.expectations import Finding, Meters, expected, raise_if_missed
from audiograph.rendering.outputs import OutputFile

if TYPE_CHECKING:
    from audiograph.measuring import Levels


class Written(NamedTuple):
    """One file that has been written."""

    path: Path
    frames: int
    rate: int  # Hz
    channels: int
    peak: float  # largest magnitude before clipping; 1 is full scale
    clipped: int  # samples beyond full scale, which were clipped to it
    levels: "Levels | None" = None  # of the file as it will be decoded, where it was measured


class Report(NamedTuple):
    """What a render gave."""

    files: tuple[Written, ...]
    seconds: float  # that it took
    length: float  # seconds of the longest file
    findings: tuple[Finding, ...] = ()  # one for every expectation of the graph
    spent: Mapping[str, float] = {}  # seconds of work by node, where they were counted


# From what a render gave, and where each file lies until all are put in place, to texts by path.
Beside = Callable[[Report, Mapping[Path, Path]], Mapping[Path, str]]


def render(
    plan: Plan,
    files: Sequence[OutputFile],
    progress: Progress | None = None,
    *,
    strict: bool = False,
    measured: bool = False,
    threads: int | None = None,
    force: bool = False,
    limits: Limits | None = None,
    beside: Beside | None = None,
) -> Report:
    """Write the files: all of them whole, or none.

    What the graph expects is checked meanwhile; with `strict`, nothing is written
    where that is not met. `measured`: the files are measured, too, and the seconds
    of each node counted. So many `threads` work at it; if left out, one a
    processor, or one for short sounds. No bit depends on it. Read-only files are
    replaced only with `force`. The `limits` are those of a job that began before, or
    else those of the plan from now on. The texts that `beside` makes, such as a
    receipt, are written together with the files. Raises RenderError
    where a node gives a sample that is not a number, Unexpected where an
    expectation is not met, and AudioFileError where a file cannot be read or
    written.
    """
    begun = perf_counter()
    outs = [file.target.out for file in files]
    expectations = expected(plan, outs)
    meters = Meters(plan, [out for each in expectations for out in each.outs] + outs * measured)
    run = Run(plan, taps=meters.taps, watch=Stopwatch() if measured else None, limits=limits)
    for file in files if len(files) > 1 else ():  # whose names may have folders
        file.path.parent.mkdir(parents=True, exist_ok=True)
    slow = any(file.encoding.is_compressed for file in files)
    with AtomicFiles() as together, ExitStack() as stack:
        writers = [stack.enter_context(_writer(plan, file, together, force)) for file in files]
        run.play(outs, [file.frames for file in files], writers, progress, threads, slow)
        meters.complete(run)
        levels = [_levels(file, writer, meters.levels) for file, writer in zip(files, writers, strict=True)]
        by_name = {file.target.name: each for file, each in zip(files, levels, strict=True) if each}
        findings = meters.findings(expectations, by_name)
        if strict:
            raise_if_missed(findings)
        written = [_written(plan, *each) for each in zip(files, writers, levels, strict=True)]
        length = max(file.frames for file in files) / plan.rate
        spent = run.watch.seconds() if run.watch else {}
        report = Report(tuple(written), perf_counter() - begun, length, findings, spent)
        if beside:
            staged = {file.path: writer.complete() for file, writer in zip(files, writers, strict=True)}
            for path, text in beside(report, staged).items():
                if why := plan.graph.limits.outside(path, writing=True):  # links may have changed meanwhile
                    raise AudioFileError(f"{path} {why}")
                add_text(together, path, text)
    return report._replace(seconds=perf_counter() - begun)


def _writer(plan: Plan, file: OutputFile, together: AtomicFiles, force: bool) -> "audiofile.Writer":
    return audiofile.Writer(
        file.path, plan.rate, file.channels, file.encoding, file.frames, force=force, files=together
    )


def _written(plan: Plan, file: OutputFile, writer: "audiofile.Writer", levels: "Levels | None") -> Written:
    return Written(file.path, writer.frames, plan.rate, file.channels, writer.peak, writer.clipped, levels)


def _levels(file: OutputFile, writer: "audiofile.Writer", by_out: "Mapping[Out, Levels]") -> "Levels | None":
    """The levels of a file, where asked for: a lossy one is decoded, as its encoder changes the sound."""
    levels = by_out.get(file.target.out)
    if not levels or file.encoding.bits:
        return levels
    from audiograph.measuring.whole_files import measure

    return measure(writer.complete())
