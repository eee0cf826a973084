"""The arrows in a row: text → document → graph → plan → stream → file."""

import gc
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Any, NamedTuple

from audiograph import audiofile, graph
from audiograph.engine.run import Progress, pour
from audiograph.engine.stopwatch import Stopwatch
from audiograph.errors import GraphError, Problem, Unexpected
from audiograph.graph import RATE, Expectation, Out
from audiograph.graph.catalog import catalog
from audiograph.language import document
from audiograph.language.mix import Mix
from audiograph.language.quantity import Wrong
from audiograph.plan.plan import BLOCK, Plan
from audiograph.rendering.expectations import Finding, Meters
from audiograph.rendering.outputs import OutputFile

if TYPE_CHECKING:
    from audiograph.measuring import Levels

Source = Path | str | Mix  # its file, its text (which has a line break), or a program


class Written(NamedTuple):
    """One file that has been written."""

    path: Path
    frames: int
    rate: int  # Hz
    channels: int
    peak: float  # largest magnitude of what was asked for, 1 is full scale
    clipped: int  # samples beyond full scale, which were cut to it
    levels: "Levels | None" = None  # of the sound before it was encoded, where it was measured


class Report(NamedTuple):
    """What a render gave."""

    files: tuple[Written, ...]
    seconds: float  # it took
    length: float  # seconds of the longest file
    findings: tuple[Finding, ...] = ()  # for every expectation of the graph
    spent: Mapping[str, float] = {}  # seconds of each node, where they were counted


def load(
    source: Source,
    settings: Mapping[str, Any] | None = None,
    *,
    rate: int | str | None = None,
    block: int = BLOCK,
    nodes: Sequence[Path] = (),
    fold: bool = True,
) -> Plan:
    """The plan of a graph; GraphError lists everything wrong with it."""
    with _uncollected():
        text, folder = _read(source)
        built = graph.build(text, catalog(nodes), settings, folder)
        return Plan(built, rate=_hz(rate), block=block, fold=fold)


@contextmanager
def _uncollected() -> Iterator[None]:
    """Planning makes no garbage that refers to itself: to look for it doubles the time of 10,000 nodes."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


def _read(source: Source) -> tuple[document.Entry, Path]:
    """What a graph says, and the folder its relative paths are seen from."""
    if isinstance(source, Mix):
        return source.document(), Path()
    if isinstance(source, str) and "\n" in source:
        return document.parse(source, "mix"), Path()
    path = Path(source)
    return document.load(path), path.resolve().parent


def _hz(rate: int | str | None) -> int | None:
    """A rate as it may be given: 48000 or "48 kHz"."""
    try:
        return None if rate is None else round(RATE.read(rate))
    except Wrong as error:
        raise GraphError([Problem("", "rate", str(error))]) from None


def render(
    plan: Plan,
    files: Sequence[OutputFile],
    progress: Progress | None = None,
    *,
    strict: bool = False,
    measured: bool = False,
    jobs: int | None = None,
) -> Report:
    """Write the files: all of them whole, or none.

    What the graph expects is checked meanwhile. `strict`: where that does not
    hold, nothing is written. `measured`: the files are measured, too, and the
    seconds of each node counted. `jobs` threads work at it; if left out, one a
    processor, or one for short sounds. No bit depends on it. Raises RenderError
    where a node gives a sample that is not a number, Unexpected where something
    expected is not found, and AudioFileError where a file cannot be read or
    written.
    """
    begun = perf_counter()
    outs = [job.target.out for job in files]
    expect = expected(plan, outs)
    hearing = Meters(plan, [out for each in expect for out in each.outs] + outs * measured)
    plan.watch = Stopwatch() if measured else None
    for job in files if len(files) > 1 else ():  # whose names may have folders
        job.path.parent.mkdir(parents=True, exist_ok=True)
    slow = any(job.encoding.is_compressed for job in files)
    with ExitStack() as stack:
        writers = [
            stack.enter_context(audiofile.Writer(job.path, plan.rate, job.channels, job.encoding, job.frames))
            for job in files
        ]
        with hearing.attached():
            pour(plan, outs, [job.frames for job in files], writers, progress, jobs, slow)
            hearing.complete()
        heard = hearing.levels
        levels = [_levels(job, writer, heard) for job, writer in zip(files, writers, strict=True)]
        of_files = {job.target.name: found for job, found in zip(files, levels, strict=True) if found}
        findings = hearing.findings(expect, of_files)
        if strict:
            hold(findings)
    written = [_written(plan, *each) for each in zip(files, writers, levels, strict=True)]
    length, spent = max(job.frames for job in files) / plan.rate, plan.watch.seconds() if plan.watch else {}
    return Report(tuple(written), perf_counter() - begun, length, findings, spent)


def _written(plan: Plan, job: OutputFile, writer: "audiofile.Writer", levels: "Levels | None") -> Written:
    return Written(job.path, writer.frames, plan.rate, job.channels, writer.peak, writer.clipped, levels)


def _levels(job: OutputFile, writer: "audiofile.Writer", heard: "Mapping[Out, Levels]") -> "Levels | None":
    """What a file measures, where asked for: a lossy one is decoded, as its encoder changes the sound."""
    found = heard.get(job.target.out)
    if not found or job.encoding.bits:
        return found
    from audiograph.measuring.whole_files import measure

    return measure(writer.complete())


def expected(plan: Plan, outs: Sequence[Out]) -> list[Expectation]:
    """What is expected of these outputs, and of nodes: not of the outputs that are not rendered."""
    left_out = {target.out for target in plan.graph.targets} - set(outs)
    return [each for each in plan.graph.expects if not left_out.intersection(each.outs)]


def hold(findings: Sequence[Finding]) -> None:
    """Raises Unexpected where something that is expected is not found."""
    if missed := [unexpected(found) for found in findings if not found.holds]:
        raise Unexpected(missed, findings)


def unexpected(found: Finding) -> Problem:
    """An expectation that does not hold, as a problem of the graph."""
    return Problem(found.expectation.where, "expect", str(found))
