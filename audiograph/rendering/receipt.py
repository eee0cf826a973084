"""A receipt: what a render was made of, with what, and what came out, as plain data for JSON.

Each file has its SHA-256, so that anyone can check later whether a mix was made
of the same sounds. `seconds` is a length, `took` is the time of the work in
seconds. Levels of silence, minus infinity, are null.
"""

import hashlib
import json
import platform
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from math import isfinite
from pathlib import Path
from typing import Any

from audiograph import __version__, audiofile
from audiograph.audiofile.atomic import is_read_only
from audiograph.audiofile.names import misnamed, one_file, overwritten, resolved
from audiograph.audiofile.text_files import write_text
from audiograph.errors import AudioFileError, GraphError, Problem, visible
from audiograph.graph import NodeUse
from audiograph.language.moment import Moment
from audiograph.language.quantity import Relative
from audiograph.plan import Plan
from audiograph.rendering.credits import Credit, credits
from audiograph.rendering.expectations import Finding
from audiograph.rendering.files import Report, Written
from audiograph.rendering.outputs import OutputFile


def receipt(
    plan: Plan,
    files: Sequence[OutputFile],
    report: Report,
    graph: Path | None = None,
    staged: Mapping[Path, Path] | None = None,
) -> dict[str, Any]:
    """The receipt of a render. `graph` is the file of the graph, if it has one; `files` is what was written.

    `staged` tells where each file lies, if it is not in its place yet.

    Measurements and the seconds of each node are in the report only after a
    render with `measured`. Raises AudioFileError where an input or an output no
    longer exists, GraphError for errors in a credit file.
    """
    facts: dict[str, Any] = json_ready(
        {
            "made": datetime.now(UTC).isoformat(timespec="seconds"),
            "versions": versions(),
            "graph": {**(_file(graph) if graph else {"path": None}), **_graph(plan)},
            "nodes": [_node(plan, name, use, report) for name, use in plan.graph.nodes.items()],
            "inputs": [_input(each) for each in credits(plan.graph)],
            "outputs": [
                _output(asked, file, (staged or {}).get(file.path, file.path))
                for asked, file in zip(files, report.files, strict=True)
            ],
            "expect": [expectation(found) for found in report.findings],
            "took": report.seconds,
        }
    )
    return facts


def check(path: Path, plan: Plan, files: Sequence[OutputFile]) -> None:
    """Raises GraphError where a receipt cannot be written to `path`. Call it before the render."""
    read = set(map(resolved, plan.files()))
    if one_file(resolved(path)) in {one_file(resolved(file.path)) for file in files}:
        what = "is also the file of an output: write elsewhere"
    elif why := plan.graph.limits.outside(path, writing=True) or overwritten(path, read):
        what = why
    elif why := misnamed(path):
        what = why.removeprefix(f"{path} ")
    elif path.is_dir() or not path.parent.is_dir():
        what = "is a folder" if path.is_dir() else f"cannot be written: there is no folder {path.parent}"
    elif is_read_only(path):
        what = "cannot be written: it is read-only"
    else:
        return
    raise GraphError([Problem("--receipt", "", f"{path} {what}")])


def write(path: Path, receipt: Mapping[str, Any]) -> None:
    """Write the receipt as JSON, whole or not at all. Raises AudioFileError where it cannot be written."""
    write_text(path, text(receipt))


def text(receipt: Mapping[str, Any]) -> str:
    """The receipt as JSON."""
    return json.dumps(receipt, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def versions() -> dict[str, str]:
    """The versions of everything that takes part in computing the samples."""
    import soundfile

    libraries = {name: version(name) for name in ("numpy", "numba", "soundfile", "soxr")}
    return {
        "audiograph": __version__,
        "python": platform.python_version(),
        **libraries,
        "libsndfile": soundfile.__libsndfile_version__,
    }


def expectation(found: Finding) -> dict[str, Any]:
    """An expectation and the figure measured for it, as plain data."""
    expected = found.expectation
    return {
        "what": expected.label,
        "unit": found.unit,
        "expected": expected.bounds.text,
        "least": expected.bounds.least,
        "most": expected.bounds.most,
        "found": found.value,
        "holds": found.holds,
        "line": expected.where,
    }


def json_ready(value: Any) -> Any:
    """A value in types of strict JSON: paths and LU are text, tuples lists, infinities and NaN null."""
    if isinstance(value, Moment):
        return value.written()
    if isinstance(value, Mapping):
        return {visible(key): json_ready(part) for key, part in value.items()}
    if isinstance(value, (list, tuple)):
        return [json_ready(part) for part in value]
    if isinstance(value, Relative):
        return str(value)  # -24 LU is no level in dB
    if isinstance(value, float) and not isfinite(value):
        return None
    return value if isinstance(value, (int, float, type(None))) else visible(value)


def _graph(plan: Plan) -> dict[str, Any]:
    params = {name: value for name, (_, value) in plan.graph.params.items()}
    return {"about": plan.graph.about, "rate": plan.rate, "params": params}


def _node(plan: Plan, name: str, use: NodeUse, report: Report) -> dict[str, Any]:
    sound = plan.streams[name, use.type.outputs[0]]
    feeds = {port: [".".join(out) for out in outs] for port, outs in use.feeds.items() if outs}
    return {
        "name": name,
        "type": use.type.name,
        "line": use.where,
        "feeds": feeds,
        "values": plan.resolved(name),
        "frames": sound.frames,
        "channels": sound.channels,
        "took": report.spent.get(name),
    }


def _input(credit: Credit) -> dict[str, Any]:
    return {**credit.facts(), **_file(credit.path), **_sound(credit.path)}


def _sound(path: Path) -> dict[str, Any]:
    try:
        info = audiofile.probe(path)
    except AudioFileError:  # a file of another kind, which a node reads for itself
        return {}
    sizes = {"rate": info.rate, "channels": info.channels, "frames": info.frames}
    return {**sizes, "seconds": info.frames / info.rate, "kind": info.kind, "encoding": info.subtype}


def _output(asked: OutputFile, file: Written, place: Path) -> dict[str, Any]:
    encoding = asked.encoding._asdict() | {"tags": dict(asked.encoding.tags)}
    if encoding["bits"] not in (16, 24):
        del encoding["dither"]
    return {
        "name": asked.target.name,
        "from": ".".join(asked.target.out),
        **_file(place),
        "path": file.path,
        "rate": file.rate,
        "channels": file.channels,
        "frames": file.frames,
        "seconds": file.frames / file.rate,
        "encoding": encoding,
        "levels": None if file.levels is None else file.levels._asdict(),
        "clipped": file.clipped,
    }


def _file(path: Path) -> dict[str, Any]:
    try:
        with path.open("rb") as file:
            return {"path": path, "sha256": hashlib.file_digest(file, "sha256").hexdigest()}
    except OSError as error:
        raise AudioFileError(f"{path} cannot be read: {error.strerror}") from None
