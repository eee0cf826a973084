"""The parts of docs/performance.md: for each part of the results, its paragraphs."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from benchmarks import roofline
from benchmarks.contest import HOWS
from benchmarks.figures import duration, fastest
from benchmarks.first import COLUMNS, told
from benchmarks.nodes import PEERS, readable
from benchmarks.report import markdown

Found = Mapping[str, Any]
Row = Mapping[str, Any]
TOOL = {"tool": "tool", "wall": "wall s|.3f", "cpu": "cpu s|.3f", "ratio": "wall / ours|.2f"}
SPEED = {"speed": "x real time|.0f"}
SECOND = "One second of one of these tracks"


def _reference(found: Found) -> Iterator[str]:
    yield "### The reference mix"
    yield (
        "A voice, mono at 22.05 kHz, is resampled and compressed. Music is looped, turned down by 10 dB, "
        "equalized, filtered and faded. Their sum is limited and written as a 16-bit WAV file."
    )
    for rows, length in _by_length(found["rows"]):
        yield from _process(rows, length)
    yield from _skipped(found)


def _reference_warm(found: Found) -> Iterator[str]:
    yield "### The reference mix in one process"
    for rows, length in _by_length(found["rows"]):
        yield from _warm(rows, length)


def _by_length(rows: Sequence[Row]) -> Iterator[tuple[list[Row], str]]:
    """The rows of each length, and the length as text."""
    for length in dict.fromkeys(row["length"] for row in rows):
        yield [row for row in rows if row["length"] == length], duration(length)


def _process(rows: Sequence[Row], what: str) -> Iterator[str]:
    """One mix by whole processes."""
    yield f"{what}, whole processes:"
    columns = {**TOOL, **SPEED, "memory": "peak MB|.0f", "lufs": "LUFS|.2f", "note": "note"}
    yield markdown([row for row in rows if row["how"] == "process"], columns)


def _warm(rows: Sequence[Row], what: str) -> Iterator[str]:
    """One mix in a process that has rendered before."""
    for how in ("warm", "cores"):
        if warm := [row for row in rows if row["how"] == how]:
            yield f"{what}, {HOWS[how]}:"
            floor = {"floor": "wall / floor|.2f"} if any(row["floor"] for row in warm) else {}
            yield markdown(warm, {**TOOL, **floor, **SPEED, "lufs": "LUFS|.2f", "note": "note"})


def _skipped(found: Found) -> Iterator[str]:
    if found["skipped"]:
        yield "\n".join(f"- {line}" for line in found["skipped"])


def _tracks(found: Found) -> Iterator[str]:
    yield f"### {found['count']} tracks"
    yield "Each is equalized in three bands, compressed and panned; all go into one bus."
    yield from _process(found["rows"], duration(found["rows"][0]["length"]))
    yield from _skipped(found)


def _tracks_warm(found: Found) -> Iterator[str]:
    yield f"### {found['count']} tracks in one process"
    yield from _warm(found["rows"], duration(found["rows"][0]["length"]))


def _start(found: Found) -> Iterator[str]:
    yield "### Start-up"
    yield markdown(found["rows"], {"tool": "tool", "what": "what", **TOOL, "memory": "peak MB|.0f"})
    yield from _process(found["second"], SECOND)


def _start_warm(found: Found) -> Iterator[str]:
    yield "### One second of one track in one process"
    yield from _warm(found["second"], SECOND)


def _first(rows: Sequence[Row]) -> Iterator[str]:
    if rows:
        yield "### From nothing to a first mix"
        yield told(rows)
        yield markdown(rows, COLUMNS)


def _nodes(found: Found) -> Iterator[str]:
    block = found["block"]
    rows = [{**row, "ours": row[f"{block}"], "by": _by(row)} for row in found["rows"]]
    told = [readable(row, ("ours", *PEERS)) for row in rows]
    yield "### Node by node"
    yield (
        f"ns per frame, stereo except for tone and noise, on one core, in blocks of {block}. The ratio is "
        "the time of the fastest peer over ours, each counted as at least 0.2 ns. For ffmpeg it is the "
        "processor time of a run with the filter minus that of one without it."
    )
    columns = {"name": "node", "ours": "audiograph|", **{name: f"{name}|" for name in PEERS}}
    columns |= {"ratio": "ratio|.1f", "by": "fastest peer", "unlike": "not alike"}
    yield markdown(told, columns)
    yield from _roofline([row for row in rows if row["limit"]], found["machine"])
    yield from _skipped(found)


def _by(row: Row) -> str | None:
    return None if row["ratio"] is None else fastest(row)[0]


def _roofline(rows: Sequence[Row], machine: Found) -> Iterator[str]:
    yield "### How near to the limit"
    yield (
        "A frame takes at least as long as moving its bytes, its arithmetic at the peak rate of the machine, "
        "and its recursion, one step after another. The longest of the three is its limit. In the same run, "
        f"{roofline.told(roofline.Machine(**machine))}."
    )
    columns = {"name": "node", "bytes": "bytes|d", "single": "float32|d", "double": "float64|d"}
    columns |= {"steps": "steps|d", "choices": "maxima|d", "limit": "limit ns|.2f", "ours": "measured ns|.2f"}
    yield markdown(rows, {**columns, "share": "measured / limit|.1f", "bound": "bound by", "why": "why"})


def _many(rows: Sequence[Row]) -> Iterator[str]:
    yield "### From one node to ten thousand"
    yield (
        "One second of sound, warm, on one core. `order` is sorting the nodes with networkx, `build` the "
        "rest of building the graph."
    )
    columns = {"shape": "shape", "nodes": "nodes|,d"}
    columns |= {stage: f"{stage} ms|,.1f" for stage in ("read", "build", "order", "plan", "render", "total")}
    yield markdown(rows, {**columns, "each": "us per node|,.0f", "note": "note"})


def _memory(rows: Sequence[Row]) -> Iterator[str]:
    yield "### Memory"
    yield "Speech and music looped for hours, compressed, ducked and limited: peak memory of the process."
    columns = {
        "hours": "hours|g",
        "memory": "peak MB|.0f",
        "speed": "x real time|.0f",
        "size": "file MB|,.0f",
    }
    yield markdown(rows, columns)


def _blocks(rows: Sequence[Row]) -> Iterator[str]:
    yield "### Size of the blocks"
    yield f"The reference mix of {rows[0]['length']} s, warm, on one core. No bit of it depends on the size."
    yield markdown(rows, {"block": "frames|,d", "speed": "x real time|.0f", "ratio": "time / fastest|.2f"})


def _silence(rows: Sequence[Row]) -> Iterator[str]:
    yield "### Silence"
    yield "200 clips placed over half an hour, compared with the same clips joined."
    yield markdown(rows, {"mix": "mix", "wall": "wall s|.2f", "ratio": "time / joined|.2f"})


Write = Callable[[Any], Iterator[str]]
JOBS: tuple[tuple[str, Write], ...] = (  # what users run
    ("reference", _reference),
    ("tracks", _tracks),
    ("start", _start),
    ("first", _first),
    ("memory", _memory),
)
DETAILS: tuple[tuple[str, Write], ...] = (
    ("reference", _reference_warm),
    ("tracks", _tracks_warm),
    ("start", _start_warm),
    ("nodes", _nodes),
    ("many", _many),
    ("blocks", _blocks),
    ("silence", _silence),
)
