"""The parts of docs/performance.md: what each tells of its results, in paragraphs."""

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


def _reference(found: Found) -> Iterator[str]:
    yield "## The reference mix"
    yield (
        "A voice, mono at 22.05 kHz: resampled, compressed. Music: looped, -10 dB, equalized, filtered, "
        "faded. Their sum, limited, as a 16-bit WAV file."
    )
    for row_length in dict.fromkeys(row["length"] for row in found["rows"]):
        yield from _mixes([row for row in found["rows"] if row["length"] == row_length], duration(row_length))
    yield from _skipped(found)


def _mixes(rows: Sequence[Row], what: str) -> Iterator[str]:
    """One mix: whole processes, then warm."""
    speed = {"speed": "x real time|.0f"}
    yield f"{what}, whole processes:"
    columns = {**TOOL, **speed, "memory": "peak MB|.0f", "lufs": "LUFS|.2f", "note": "note"}
    yield markdown([row for row in rows if row["how"] == "process"], columns)
    for how in ("warm", "cores"):
        if warm := [row for row in rows if row["how"] == how]:
            yield f"{what}, {HOWS[how]}:"
            floor = {"floor": "wall / floor|.2f"} if any(row["floor"] for row in warm) else {}
            yield markdown(warm, {**TOOL, **floor, **speed, "lufs": "LUFS|.2f", "note": "note"})


def _skipped(found: Found) -> Iterator[str]:
    if found["skipped"]:
        yield "\n".join(f"- {line}" for line in found["skipped"])


def _tracks(found: Found) -> Iterator[str]:
    yield f"## {found['count']} tracks"
    yield "Each is equalized in three bands, compressed and put in its place; all go into one bus."
    yield from _mixes(found["rows"], duration(found["rows"][0]["length"]))
    yield from _skipped(found)


def _start(found: Found) -> Iterator[str]:
    yield "## Start"
    yield markdown(found["rows"], {"tool": "tool", "what": "what", **TOOL, "memory": "peak MB|.0f"})
    yield from _mixes(found["second"], "One second of one such track")


def _first(rows: Sequence[Row]) -> Iterator[str]:
    if rows:
        yield "## From nothing to a first mix"
        yield told(rows)
        yield markdown(rows, COLUMNS)


def _nodes(found: Found) -> Iterator[str]:
    block = found["block"]
    rows = [{**row, "ours": row[f"{block}"], "by": _by(row)} for row in found["rows"]]
    told = [readable(row, ("ours", *PEERS)) for row in rows]
    yield "## Node by node"
    yield (
        f"ns a frame, stereo but for tone and noise, on one core, in blocks of {block}. The ratio is that of "
        "the fastest peer to ours, both taken for 0.2 ns at least. Of ffmpeg it is a run with the filter "
        "less one without it, in processor time."
    )
    columns = {"name": "node", "ours": "audiograph|", **{name: f"{name}|" for name in PEERS}}
    columns |= {"ratio": "ratio|.1f", "by": "fastest peer", "unlike": "not alike"}
    yield markdown(told, columns)
    yield from _roofline([row for row in rows if row["limit"]], found["machine"])
    yield from _skipped(found)


def _by(row: Row) -> str | None:
    return None if row["ratio"] is None else fastest(row)[0]


def _roofline(rows: Sequence[Row], machine: Found) -> Iterator[str]:
    yield "## How near to the limit"
    yield (
        "A frame cannot take less than its bytes take to move, its arithmetic at the machine's peak, or its "
        "recursion, step after step: the longest of the three is its limit. In the same run, "
        f"{roofline.told(roofline.Machine(**machine))}."
    )
    columns = {"name": "node", "bytes": "bytes|d", "single": "float32|d", "double": "float64|d"}
    columns |= {"steps": "steps|d", "choices": "maxima|d", "limit": "limit ns|.2f", "ours": "measured ns|.2f"}
    yield markdown(rows, {**columns, "share": "measured / limit|.1f", "bound": "bound by", "why": "why"})


def _many(rows: Sequence[Row]) -> Iterator[str]:
    yield "## From one node to ten thousand"
    yield "One second of sound, warm, on one core. `order` is networkx, the rest of the building is `build`."
    columns = {"shape": "shape", "nodes": "nodes|,d"}
    columns |= {stage: f"{stage} ms|,.1f" for stage in ("read", "build", "order", "plan", "render", "total")}
    yield markdown(rows, {**columns, "each": "a node, us|,.0f", "note": "note"})


def _memory(rows: Sequence[Row]) -> Iterator[str]:
    yield "## Memory"
    yield "Speech and music looped for hours, compressed, ducked and limited: the most that the process held."
    columns = {
        "hours": "hours|g",
        "memory": "peak MB|.0f",
        "speed": "x real time|.0f",
        "size": "file MB|,.0f",
    }
    yield markdown(rows, columns)


def _blocks(rows: Sequence[Row]) -> Iterator[str]:
    yield "## Size of the blocks"
    yield f"The reference mix of {rows[0]['length']} s, warm, on one core. No bit of it depends on the size."
    yield markdown(rows, {"block": "frames|,d", "speed": "x real time|.0f", "ratio": "to the quickest|.2f"})


def _silence(rows: Sequence[Row]) -> Iterator[str]:
    yield "## Silence"
    yield "200 clips placed over half an hour, beside the same clips joined."
    yield markdown(rows, {"mix": "mix", "wall": "wall s|.2f", "ratio": "to joined|.2f"})


PARTS: dict[str, Callable[[Any], Iterator[str]]] = {
    "reference": _reference,
    "tracks": _tracks,
    "first": _first,
    "start": _start,
    "nodes": _nodes,
    "many": _many,
    "memory": _memory,
    "blocks": _blocks,
    "silence": _silence,
}
