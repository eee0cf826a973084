"""The files that a render will write, and everything that prevents it, before any sound."""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from audiograph.audiofile import Encoding, check, encoding, has_sound_suffix
from audiograph.audiofile.atomic import is_read_only
from audiograph.audiofile.names import is_folder, misnamed, one_file, overwritten, resolved
from audiograph.errors import AudioFileError, GraphError, Problem, WrongArgument
from audiograph.graph import Target
from audiograph.language.quantity import brief
from audiograph.plan import Plan

TAGS = ("title", "artist", "album", "date", "comment")


class OutputFile(NamedTuple):
    """One file to be written, of `frames` frames."""

    target: Target
    path: Path
    encoding: Encoding
    frames: int
    channels: int


def output_files(
    plan: Plan,
    name: str,
    out: Path | None = None,
    targets: Sequence[Target] | None = None,
    *,
    force: bool = False,
    own: bool = False,
) -> list[OutputFile]:
    """Every file that a render of `plan`, or of some of its targets, will write.

    `name` is what a file is called that nobody names. `out` is the file to write,
    or a folder for it; with several outputs, the folder for those that name no
    file. Read-only files are replaced only with `force`. All are within the jail
    of the graph, unless they are audiograph's `own`: files of its making, which
    nobody named. Raises GraphError where something cannot be encoded or written.
    """
    targets = plan.graph.targets if targets is None else targets
    if len(targets) > 1 and out and has_sound_suffix(out) and not is_folder(out):
        what = f"this graph gives {len(targets)} files: -o names the folder for them, not {out.name}"
        raise GraphError([Problem(targets[0].where, "outputs", what)])
    files, problems, several = list[OutputFile](), list[Problem](), len(targets) > 1
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
        if not own and (outside := plan.graph.limits.outside(path, writing=True)):
            wrong.append(f"{path} {outside}")
        elif why := misnamed(path):
            wrong.append(why)
        elif not several and not is_folder(path.parent):
            wrong.append(f"{path} cannot be written: there is no folder {path.parent}")
        elif not force and is_read_only(path):
            wrong.append(f"{path} is read-only: replace it with --force (force=True in Python)")
        problems += [Problem(target.where, _label(target), what) for what in wrong]
        files.append(OutputFile(target, path, chosen, stream.frames, stream.channels))
    problems += _collisions(plan, files)
    if problems:
        raise GraphError(problems)
    return files


def in_format(targets: Sequence[Target], kind: str | None, always: bool = False) -> list[Target]:
    """The targets in the format `kind`, or as they are without one; a format for each with `always`."""
    if kind is not None and not isinstance(kind, str):
        raise WrongArgument(f"format is {brief(kind)}, not the name of one, such as wav")
    changed = []
    for target in targets:
        suffix = target.file.suffix.removeprefix(".") if target.file else ""
        chosen = kind or (always and (target.options.get("format") or suffix or "wav"))
        options = {**target.options, "format": chosen} if chosen else target.options
        changed.append(target._replace(options=options))
    return changed


def _path(target: Target, name: str, out: Path | None, several: bool) -> Path:
    into = out if several or (out and is_folder(out)) else None
    if out and not into:
        return out
    if target.file and (several or not out):
        return target.file
    path = (into or Path()) / (target.name or name)
    kind = target.options.get("format", "wav")
    return path if target.name and path.suffix else path.with_name(f"{path.name}.{kind}")


def _encoding(target: Target, path: Path) -> Encoding:
    options = {key: value for key, value in target.options.items() if key not in TAGS}
    tags = {key: str(value) for key, value in target.options.items() if key in TAGS}
    return encoding(path, tags=tags, **options)


def _misnamed(path: Path, chosen: Encoding) -> list[str]:
    """A problem where the suffix names another format than the graph."""
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


def _collisions(plan: Plan, files: list[OutputFile]) -> list[Problem]:
    """A problem for each output that would overwrite another output, or a file that is read."""
    read = set(map(resolved, plan.files()))
    written: dict[str, OutputFile] = {}
    problems = []
    for file in files:
        path, label = resolved(file.path), _label(file.target)
        if why := overwritten(file.path, read):
            problems.append(Problem(file.target.where, label, f"{file.path} {why}"))
        first = written.setdefault(one_file(path), file)
        if first is not file:
            where = "" if resolved(first.path) == path else " on Windows and macOS, where case does not count"
            what = f"{file.path} is also the file of {_label(first.target)}{where}"
            problems.append(Problem(file.target.where, label, what))
    return problems
