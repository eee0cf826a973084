"""The functions that programs call: load, render, stream.

A graph is the path of its file, its text (YAML, with a line break), a `Mix`, or
a `Plan` that was loaded before. Parameters are given by name. Names that are not
Python identifiers, such as "music/gain.level", go into a mapping after the graph::

    audiograph.render("mix.yaml", "mix.mp3", {"music/gain.level": "-3 dB"}, voice="take_3.wav")

A value is text as in a graph file, a number in the base unit (dB, s, Hz), or
None, which leaves the parameter as it is. A file is a path relative to the
current folder, or a sound in memory: (array, rate), the bytes of a sound file,
or an open file.

Any number of threads may call these at once, also with one `Plan`.
"""

import weakref
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, BinaryIO, overload

from audiograph.audiofile.in_memory import is_sound, spooled
from audiograph.engine.progress import Progress
from audiograph.errors import GraphError, Problem, WrongArgument, nearest
from audiograph.graph import Limits, Target
from audiograph.graph.limits import NONE
from audiograph.language.parameter import FAR, Quantity
from audiograph.language.quantity import Wrong
from audiograph.plan import BLOCK, LIVE_BLOCK, Plan
from audiograph.rendering import loading
from audiograph.rendering.arguments import check_kinds, check_target, given_by_name, whole_number
from audiograph.rendering.files import Report
from audiograph.rendering.files import render as write_files
from audiograph.rendering.in_memory import Heard, Playback, capture
from audiograph.rendering.loading import Source
from audiograph.rendering.outputs import in_format, output_files

Settings = Mapping[str, Any]
NAME = "mix"  # of the output of a graph that has no file


def load(
    graph: Source,
    settings: Settings | None = None,
    /,
    *,
    rate: int | str | None = None,
    block: int = BLOCK,
    nodes: Sequence[Path] = (),
    fold: bool = True,
    jail: Path | str | None = None,
    limits: Limits = NONE,
    **params: Any,
) -> Plan:
    """The plan of a graph: every length and format known, no sound opened.

    `rate` (48000 or "48 kHz") overrides the graph's sample rate. `block` is how many
    frames are processed at a time, which changes no sample. `nodes` are Python
    files with node types. With `fold=False` every node makes a pass of its own
    over the sound; neighbours are not fused. Raises GraphError, whose `problems`
    list everything that is wrong.

    For a graph that you did not write: no file outside the folder `jail` is read
    or written for it, now or by a render of the plan, and `limits` say how much it
    may take. Raises LimitError where it would take more, Cancelled where
    `limits.cancel` asks for it.

    >>> plan = load("nodes: {beep: {use: tone, length: 2 s}}\\noutput: beep", {"beep.length": 0.5})
    >>> plan.streams["beep", "out"].frames
    22050
    """
    given = given_by_name(settings, params)
    check_kinds(limits)
    limits = _jailed(limits, jail).started()
    plan, spool = _planned(graph, given, rate=rate, block=block, nodes=nodes, fold=fold, limits=limits)
    weakref.finalize(plan, spool.close)
    return plan


@overload
def render(
    graph: Source | Plan, target: None = None, settings: Settings | None = None, /, **params: Any
) -> Heard: ...
@overload
def render(
    graph: Source | Plan, target: type[bytes], settings: Settings | None = None, /, **params: Any
) -> bytes: ...
@overload
def render(
    graph: Source | Plan, target: Path | str | BinaryIO, settings: Settings | None = None, /, **params: Any
) -> Report: ...
def render(
    graph: Source | Plan,
    target: Path | str | BinaryIO | type[bytes] | None = None,
    settings: Settings | None = None,
    /,
    *,
    output: str | None = None,
    format: str | None = None,
    progress: Progress | None = None,
    strict: bool = False,
    force: bool = False,
    jobs: int | None = None,
    rate: int | str | None = None,
    block: int = BLOCK,
    nodes: Sequence[Path] = (),
    jail: Path | str | None = None,
    limits: Limits | None = None,
    **params: Any,
) -> Heard | Report | bytes:
    """Render a graph: to files, into memory, or as the bytes of a file.

    `target` is a file to write, or a folder, which a graph with several outputs
    needs; then a Report is returned. Without a target the samples are returned.
    With `bytes` the content of a file is returned, and a binary file open for
    writing receives it; `format` says of what kind ("mp3"; by default "wav").

    `output` renders one of several outputs alone. `progress` is called with the
    part that is done, 0 to 1; an exception it raises ends the render. `jobs` is
    the number of threads: by default one per processor, or one for short sounds.
    No bit depends on it. The Report's `findings` are the expectations of the graph
    with the figures measured; with `strict`, Unexpected is raised where one is not
    met, and nothing is written. With `force`, read-only files are replaced, too.
    Other arguments are those of `load`, and parameters of the graph. The seconds
    of `limits` are those of loading and rendering together. A `Plan` keeps its jail
    and its limits, and begins to count seconds now; with `limits`, it has the
    seconds, the memory and the `cancel` of these. Raises GraphError before any sound,
    AudioFileError and RenderError during it, LimitError and Cancelled at any time.
    Files appear whole or not at all.

    >>> beep = "nodes: {beep: {use: tone, length: 1 s, level: -6 dB}}\\noutput: beep"
    >>> sound, rate = render(beep)
    >>> sound.shape, rate
    ((1, 44100), 44100)
    >>> render(beep, bytes, format="flac")[:4]
    b'fLaC'
    """
    check_target(target)
    check_kinds(limits, progress, output)
    jobs = None if jobs is None else whole_number("jobs", jobs, 1)
    given = given_by_name(settings, params)
    within = _within(graph, limits, jail)
    with _ready(graph, given, rate=rate, block=block, nodes=nodes, limits=within) as plan:
        targets = _chosen(plan, output)
        if target is None:
            sounds = capture(plan, targets, progress, jobs, strict, within)
            several = {each.name: x for each, x in zip(targets, sounds, strict=True)}
            return Heard(several if len(targets) > 1 else sounds[0], plan.rate)
        targets = in_format(targets, format)
        if isinstance(target, (str, Path)):
            files = output_files(plan, _name(graph), Path(target), targets, force=force)
            return write_files(plan, files, progress, strict=strict, threads=jobs, force=force, limits=within)
        content, report = _encoded(plan, _only(targets), progress, strict, jobs, within)
        if isinstance(target, type):
            return content
        target.write(content)
        return report


def stream(
    graph: Source | Plan,
    settings: Settings | None = None,
    /,
    *,
    first: float = 0.0,
    output: str | None = None,
    rate: int | str | None = None,
    block: int = LIVE_BLOCK,
    nodes: Sequence[Path] = (),
    jail: Path | str | None = None,
    limits: Limits = NONE,
    **params: Any,
) -> Playback:
    """The sound of a graph, block by block, from `first` seconds on.

    `output` chooses one of several outputs. Other arguments are those of `load`,
    and parameters of the graph. A `Plan` keeps the block, the jail and the limits
    it was loaded with. The seconds of `limits` are those of loading alone: the
    reader of a stream may take its time. Raises GraphError before any sound.

    >>> playback = stream("nodes: {beep: {use: tone, length: 1 s}}\\noutput: beep", first=0.9, block=3000)
    >>> [x.shape for x in playback]
    [(1, 3000), (1, 1410)]
    """
    check_kinds(limits, output=output)
    if isinstance(graph, Plan):
        plan = _unchanged(graph, given_by_name(settings, params))
        if jail is not None or limits is not NONE:
            raise WrongArgument("a Plan has its limits: give them to load()")
    else:
        plan = load(graph, settings, rate=rate, block=block, nodes=nodes, jail=jail, limits=limits, **params)
    return Playback(plan, _only(_chosen(plan, output)), _frame(first, plan.rate))


@contextmanager
def _ready(graph: Source | Plan, given: Settings, **options: Any) -> Iterator[Plan]:
    """A plan for one render; its copies of sounds in memory are removed afterwards."""
    if isinstance(graph, Plan):
        yield _unchanged(graph, given)
        return
    plan, spool = _planned(graph, given, **options)
    with spool:
        yield plan


def _planned(graph: Source, given: Settings, *, limits: Limits, **options: Any) -> tuple[Plan, ExitStack]:
    """A plan, and what removes its copies of sounds in memory."""
    found = {name: value for name, value in given.items() if value is not None}
    sounds = {name: value for name, value in found.items() if is_sound(value)}
    with ExitStack() as spool:
        if sounds:
            folder = Path(spool.enter_context(TemporaryDirectory(prefix="audiograph-")))
            found |= {name: spooled(name, sound, folder) for name, sound in sounds.items()}
            limits = limits.reading(folder)
        plan = loading.load(graph, found, limits=limits, **options)
        return plan, spool.pop_all()


def _jailed(limits: Limits, jail: Path | str | None) -> Limits:
    return limits if jail is None else replace(limits, jail=jail)


def _within(graph: Source | Plan, limits: Limits | None, jail: Path | str | None) -> Limits:
    """The limits of a render that begins now."""
    if isinstance(graph, Plan):
        if jail is not None:
            raise WrongArgument("a Plan has its jail: give it to load()")
        if limits and limits.jail not in (None, graph.graph.limits.jail):
            raise WrongArgument("a Plan has its jail, and limits with another one: give it to load()")
        return (graph.graph.limits if limits is None else limits).started()
    return _jailed(limits or NONE, jail).started()


def _unchanged(plan: Plan, given: Settings) -> Plan:
    if given:
        raise WrongArgument(f"a Plan has its parameters: give {', '.join(given)} to load()")
    return plan


def _chosen(plan: Plan, output: str | None) -> list[Target]:
    """All targets, or the one of this name."""
    found = [each for each in plan.graph.targets if output in (None, each.name)]
    if not found:
        known = [each.name for each in plan.graph.targets]
        what = (
            f"{output!r} is not an output{nearest(output, known)}; there is {', '.join(filter(None, known))}"
        )
        raise GraphError([Problem("", "output", what.removesuffix("; there is "))])
    return found


def _frame(first: float, rate: int) -> int:
    """A start time in seconds as a frame."""
    try:
        return max(0, round(Quantity(0.0, "", "s", 0.0, FAR).read(first) * rate))
    except Wrong as error:
        raise GraphError([Problem("", "first", str(error))]) from None


def _only(targets: Sequence[Target]) -> Target:
    if len(targets) > 1:
        what = f"there are several: choose one with output=, of {', '.join(each.name for each in targets)}"
        raise GraphError([Problem("", "output", what)])
    return targets[0]


def _name(graph: Source | Plan) -> str:
    """The name of an output that neither the graph nor the caller names."""
    is_path = isinstance(graph, Path) or (isinstance(graph, str) and "\n" not in graph)
    return Path(str(graph)).stem if is_path else NAME


def _encoded(
    plan: Plan, target: Target, progress: Progress | None, strict: bool, jobs: int | None, limits: Limits
) -> tuple[bytes, Report]:
    """The content of a file, written as any other and read back."""
    name = f"{NAME}.{target.options.get('format', 'wav')}"
    with TemporaryDirectory(prefix="audiograph-") as folder:
        path = Path(folder, name)
        files = output_files(plan, NAME, path, [target], own=True)
        report = write_files(plan, files, progress, strict=strict, threads=jobs, limits=limits)
        limits.check_memory(path.stat().st_size, target.where, target.name or target.out[0])
        content = path.read_bytes()
    return content, report._replace(files=(report.files[0]._replace(path=Path(name)),))
