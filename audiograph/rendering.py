"""The arrows in a row: text → document → graph → plan → stream → file."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Any, NamedTuple

from audiograph import document, graph
from audiograph.audiofile import Writer
from audiograph.building import Mix
from audiograph.catalog import catalog
from audiograph.errors import GraphError, NotFinite, Problem, RenderError, Unexpected
from audiograph.expecting import Finding, Hearing
from audiograph.graph import RATE, Expectation, Out
from audiograph.jobs import Job
from audiograph.listening import Listener, Tap
from audiograph.plan import BLOCK, Plan
from audiograph.quantity import Wrong
from audiograph.stopwatch import Stopwatch

if TYPE_CHECKING:
    from audiograph.measuring import Levels

Progress = Callable[[float], None]  # told which part of the work is done, 0 to 1
Source = Path | str | Mix  # what a graph comes from: its file, its text (which has a line break), a program


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
) -> Plan:
    """The plan of a graph; GraphError lists everything wrong with it."""
    text, folder = _read(source)
    return Plan(graph.build(text, catalog(nodes), settings, folder), rate=_hz(rate), block=block)


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
    files: Sequence[Job],
    progress: Progress | None = None,
    *,
    strict: bool = False,
    measured: bool = False,
) -> Report:
    """Write the files: all of them whole, or none.

    What the graph expects is checked meanwhile. `strict`: where that does not
    hold, nothing is written. `measured`: the files are measured, too, and the
    seconds of each node counted. Raises RenderError where a node gives a sample
    that is not a number, Unexpected where something expected is not found, and
    AudioFileError where a file cannot be read or written.
    """
    begun = perf_counter()
    outs, expected = [job.target.out for job in files], _expected(plan, files)
    hearing = Hearing(plan, [out for each in expected for out in each.outs] + outs * measured)
    plan.watch = Stopwatch() if measured else None
    for job in files if len(files) > 1 else ():  # whose names may have folders
        job.path.parent.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        writers = [
            stack.enter_context(Writer(job.path, plan.rate, job.channels, job.encoding, job.frames))
            for job in files
        ]
        with hearing.attached():
            pour(plan, outs, [job.frames for job in files], writers, progress)
            hearing.complete()
        findings = hearing.findings(expected)
        missed = [unexpected(found) for found in findings if not found.holds]
        if strict and missed:
            raise Unexpected(missed)
    levels = hearing.levels() if measured else {}
    written = [
        _written(plan, job, writer, levels.get(job.target.out))
        for job, writer in zip(files, writers, strict=True)
    ]
    length, spent = max(job.frames for job in files) / plan.rate, plan.watch.seconds() if plan.watch else {}
    return Report(tuple(written), perf_counter() - begun, length, findings, spent)


def _written(plan: Plan, job: Job, writer: Writer, levels: "Levels | None") -> Written:
    return Written(job.path, writer.frames, plan.rate, job.channels, writer.peak, writer.clipped, levels)


def _expected(plan: Plan, files: Sequence[Job]) -> list[Expectation]:
    """What is expected of these files, and of nodes: not of the outputs that are not rendered."""
    left_out = {target.out for target in plan.graph.targets} - {job.target.out for job in files}
    return [each for each in plan.graph.expects if not left_out.intersection(each.outs)]


def unexpected(found: Finding) -> Problem:
    """An expectation that does not hold, as a problem of the graph."""
    return Problem(found.expectation.where, "expect", str(found))


def pour(
    plan: Plan,
    outs: Sequence[Out],
    lengths: Sequence[int],
    listeners: Sequence[Listener],
    progress: Progress | None = None,
) -> None:
    """One pass over some outputs, each into its listener, exactly as many frames as `lengths` says.

    Raises RenderError, with the name of the node, for a sample that is not a number.
    """
    total, told = max(lengths), _shared(plan, progress)
    taps = [Tap(listener, frames) for listener, frames in zip(listeners, lengths, strict=True)]
    try:
        for block in plan.open(outs).blocks():
            for tap, part in zip(taps, block.parts, strict=True):
                if part is not None:
                    tap.pass_on(block.at, part)
            if block.at + block.frames >= total:
                break
            told("", max(0.0, (block.at + block.frames) / total))
        for tap in taps:
            tap.finish()
        if progress:
            progress(1.0)
    except NotFinite as error:
        raise RenderError(blame(plan, outs) or str(error)) from error
    finally:
        plan.rehearsing = None


def _shared(plan: Plan, progress: Progress | None) -> Callable[[str, float], None]:
    """What tells the progress: of the pass (""), and of nodes that hear their input first, a share each."""
    opened = plan.openings()
    parts = {name: 0.0 for (name, _), sound in plan.streams.items() if sound.rehearsed and opened[name]}
    parts[""] = 0.0

    def told(who: str, part: float) -> None:
        parts[who] = part
        if progress:
            progress(min(1.0, sum(parts.values()) / len(parts)))

    plan.rehearsing = told
    return told


def blame(plan: Plan, outs: Sequence[Out]) -> str:
    """The first node to give a sample that is not a number."""
    plan.checking = True
    try:
        for _ in plan.open(outs).blocks():
            pass
    except RenderError as error:
        return str(error)
    finally:
        plan.checking = False
    return ""
