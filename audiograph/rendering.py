"""The arrows in a row: text → document → graph → plan → stream → file."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from time import perf_counter
from typing import Any, NamedTuple, Protocol

import numpy as np

from audiograph import document, graph
from audiograph.audiofile import Encoding, Writer, check, encoding
from audiograph.building import Mix
from audiograph.catalog import catalog
from audiograph.errors import AudioFileError, GraphError, NotFinite, Problem, RenderError
from audiograph.graph import RATE, Out, Target
from audiograph.plan import BLOCK, Plan
from audiograph.quantity import Wrong
from audiograph.region import Block
from audiograph.sound import Audio

Progress = Callable[[float], None]  # told which part of the work is done, 0 to 1
Source = Path | str | Mix  # what a graph comes from: its file, its text (which has a line break), a program
SOUNDS = (".wav", ".flac", ".mp3", ".ogg", ".opus", ".aiff")
TAGS = ("title", "artist", "album", "date", "comment")


class Job(NamedTuple):
    """One file to be written."""

    target: Target
    path: Path
    encoding: Encoding
    frames: int
    channels: int


class Written(NamedTuple):
    """One file that has been written."""

    path: Path
    frames: int
    rate: int  # Hz
    channels: int
    peak: float  # largest magnitude of what was asked for, 1 is full scale
    clipped: int  # samples beyond full scale, which were cut to it


class Report(NamedTuple):
    """What a render gave."""

    files: tuple[Written, ...]
    seconds: float  # it took
    length: float  # seconds of the longest file


class Sink(Protocol):
    """What takes the sound of one output, block after block."""

    @property
    def frames(self) -> int:
        """Frames taken so far."""

    def write(self, x: Audio) -> None:
        """Take samples; NotFinite for one that is not a number."""

    def silence(self, frames: int) -> None:
        """Take so much silence."""


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


def jobs(
    plan: Plan, name: str, out: Path | None = None, targets: Sequence[Target] | None = None
) -> list[Job]:
    """Every file that a render of `plan`, or of some of its targets, will write, `name` being the graph's.

    `out` is the file to write, or a folder for it; with several outputs, the
    folder for those that name no file. GraphError says what cannot be encoded
    or written.
    """
    targets = plan.graph.targets if targets is None else targets
    if len(targets) > 1 and out and out.suffix.lower() in SOUNDS and not out.is_dir():
        what = f"this graph gives {len(targets)} files: -o names the folder for them, not {out.name}"
        raise GraphError([Problem(targets[0].where, "outputs", what)])
    made, problems, several = list[Job](), list[Problem](), len(targets) > 1
    for target in targets:
        path = _path(target, name, out, several)
        stream = plan.streams[target.out]
        assert stream.frames is not None
        try:
            chosen = _encoding(target, path)
        except AudioFileError as error:
            problems.append(Problem(target.where, _label(target), str(error)))
            continue
        wrong = check(chosen, plan.rate, stream.channels, stream.frames)
        wrong += _misnamed(path, chosen)
        if not several and not path.parent.is_dir():
            wrong.append(f"{path} cannot be written: there is no folder {path.parent}")
        problems += [Problem(target.where, _label(target), what) for what in wrong]
        made.append(Job(target, path, chosen, stream.frames, stream.channels))
    problems += _collisions(plan, made)
    if problems:
        raise GraphError(problems)
    return made


def _path(target: Target, name: str, out: Path | None, several: bool) -> Path:
    into = out if several or (out and out.is_dir()) else None
    if out and not into:
        return out
    if target.file and (several or not out):
        return target.file
    path = (into or Path()) / (target.name if several else name)
    kind = target.options.get("format", "wav")
    return path if several and path.suffix else path.with_name(f"{path.name}.{kind}")


def _encoding(target: Target, path: Path) -> Encoding:
    options = {key: value for key, value in target.options.items() if key not in TAGS}
    tags = {key: str(value) for key, value in target.options.items() if key in TAGS}
    return encoding(path, tags=tags, **options)


def _misnamed(path: Path, chosen: Encoding) -> list[str]:
    """A name that says one thing where the graph says another."""
    try:
        named = encoding(path).kind
    except AudioFileError:
        return []
    kinds = {named, chosen.kind} - {"rf64"}
    return (
        [f"{path.name} would hold {chosen.kind.upper()}: give it the suffix .{chosen.kind}"]
        if len(kinds) > 1
        else []
    )


def _label(target: Target) -> str:
    return f"outputs/{target.name}" if target.name else "output"


def _collisions(plan: Plan, made: list[Job]) -> list[Problem]:
    """Outputs on one path, or on that of an input."""
    read = {path.resolve() for path in plan.inputs()}
    written: dict[Path, str] = {}
    problems = []
    for job in made:
        path, label = job.path.resolve(), _label(job.target)
        if path in read:
            problems.append(
                Problem(job.target.where, label, f"{job.path} is read by this graph: write elsewhere")
            )
        if path in written:
            problems.append(
                Problem(job.target.where, label, f"{job.path} is also the file of {written[path]}")
            )
        written[path] = label
    return problems


def render(plan: Plan, files: Sequence[Job], progress: Progress | None = None) -> Report:
    """Write the files: all of them whole, or none.

    Raises RenderError where a node gives a sample that is not a number, and
    AudioFileError where a file cannot be read or written.
    """
    begun = perf_counter()
    for job in files if len(files) > 1 else ():  # whose names may have folders
        job.path.parent.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        writers = [
            stack.enter_context(Writer(job.path, plan.rate, job.channels, job.encoding, job.frames))
            for job in files
        ]
        pour(plan, [job.target.out for job in files], [job.frames for job in files], writers, progress)
    written = [
        Written(job.path, writer.frames, plan.rate, job.channels, writer.peak, writer.clipped)
        for job, writer in zip(files, writers, strict=True)
    ]
    return Report(tuple(written), perf_counter() - begun, max(job.frames for job in files) / plan.rate)


def pour(
    plan: Plan,
    outs: Sequence[Out],
    lengths: Sequence[int],
    sinks: Sequence[Sink],
    progress: Progress | None = None,
) -> None:
    """One pass over some outputs, each into its sink, exactly as many frames as `lengths` says.

    Raises RenderError, with the name of the node, for a sample that is not a number.
    """
    total = max(lengths)
    try:
        for block in plan.open(outs).blocks():
            for sink, frames, part in zip(sinks, lengths, block.parts, strict=True):
                _put(sink, frames, block, part)
            if block.at + block.frames >= total:
                break
            if progress:
                progress(max(0.0, (block.at + block.frames) / total))
        for sink, frames in zip(sinks, lengths, strict=True):
            sink.silence(frames - sink.frames)
        if progress:
            progress(1.0)
    except NotFinite as error:
        raise RenderError(blame(plan, outs) or str(error)) from error


def _put(sink: Sink, frames: int, block: Block, part: Audio | None) -> None:
    """Write what of a block belongs to the file; what was left out before it is silence."""
    first, last = max(block.at, sink.frames), min(block.at + block.frames, frames)
    if part is None or first >= last:
        return
    if first > sink.frames:
        sink.silence(first - sink.frames)
    if last - first < block.frames:
        part = np.ascontiguousarray(part[:, first - block.at : last - block.at])
    sink.write(part)


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
