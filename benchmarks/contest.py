"""The same work by several tools: timed in turn, and compared, so that nobody wins by doing less.

First as whole processes, then warm within this process, for the tools that can, on one core and on all.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from importlib import import_module
from pathlib import Path
from time import perf_counter, process_time
from typing import Any

from benchmarks.ours import standing_by
from benchmarks.peers import Peer
from benchmarks.process import Cost, run
from benchmarks.report import middle, note, show
from benchmarks.sounds import level
from benchmarks.turns import cores, in_turn, one_core

TOLERANCES = (0.05, 0.5)  # seconds and LU by which a tool's mix may differ from ours
COLUMNS = {
    "tool": "tool",
    "wall": "wall s|.3f",
    "cpu": "cpu s|.3f",
    "ratio": "wall / ours|.2f",
    "floor": "wall / floor|.2f",
    "speed": "x real time|.0f",
    "memory": "peak MB|.0f",
    "lufs": "LUFS|.2f",
    "note": "note",
}
HOWS = {
    "process": "whole processes",
    "warm": "in one process, warm, on one core",
    "cores": "in one process, warm, on all cores",
}

Work = Callable[[], Cost]
Row = dict[str, Any]


def contest(title: str, peers: Sequence[Peer], given: Any, folder: Path, rounds: int) -> list[Row]:
    """Measure and print; a row for each tool and way of running it. Ours is the first of the peers.

    `given` is a tuple that says what to mix, with a field `length`; files are written to `folder`.
    """
    asked = [peer for peer in peers if not peer.missing and not peer.refusal(given.length)]
    processes = {peer.name: partial(_process, peer, given, folder) for peer in asked if peer.command}
    with standing_by():
        rows = _rows("process", asked, processes, given, folder, rounds)
    show(f"{title}, {HOWS['process']}", rows, _columns(rows))
    warm = {peer.name: partial(_within, peer, given, folder) for peer in asked if peer.mixes}
    with one_core():
        within = _rows("warm", asked, warm, given, folder, rounds)
    show(f"{title}, {HOWS['warm']}", within, _columns(within))
    if cores() == 1:
        return rows + within
    quick = {peer.name: warm[peer.name] for peer in asked if peer.mixes and not peer.is_slow}
    spread = _rows("cores", asked, quick, given, folder, rounds)
    show(f"{title}, {HOWS['cores']}", spread, _columns(spread))
    return rows + within + spread


def skipped(peers: Sequence[Peer], lengths: Sequence[float]) -> list[str]:
    """Which tools are left out, and why."""
    here = [peer for peer in peers if not peer.missing]
    lines = [peer.missing for peer in peers if peer.missing]
    lines += [line for peer in here for length in lengths if (line := peer.refusal(length))]
    for line in lines:
        note(line)
    return lines


def _columns(rows: Sequence[Row]) -> dict[str, str]:
    return {key: text for key, text in COLUMNS.items() if any(row[key] is not None for row in rows)}


def _process(peer: Peer, given: Any, folder: Path) -> Cost:
    assert peer.command
    return run(peer.command(given, _out(peer, folder)), peer.env)


def _within(peer: Peer, given: Any, folder: Path) -> Cost:
    wall, cpu = perf_counter(), process_time()
    import_module(peer.mixes).mix(*given, _out(peer, folder))
    return Cost(perf_counter() - wall, process_time() - cpu, None)


def _out(peer: Peer, folder: Path) -> Path:
    return folder / f"{peer.name}.wav"


def _rows(
    how: str, peers: Sequence[Peer], works: Mapping[str, Work], given: Any, folder: Path, rounds: int
) -> list[Row]:
    asked = [peer for peer in peers if peer.name in works]
    costs = in_turn(works, rounds, [peer.name for peer in asked if peer.is_slow])
    rows = [{"how": how, **_row(peer, costs[peer.name], given, _out(peer, folder))} for peer in asked]
    judge(rows)
    return rows


def _row(peer: Peer, costs: Sequence[Cost], given: Any, out: Path) -> Row:
    memory = [cost.memory for cost in costs if cost.memory]
    seconds, lufs = level(out)
    out.unlink()
    return {
        "tool": peer.name,
        "length": given.length,
        "wall": middle([cost.wall for cost in costs]),
        "cpu": middle([cost.cpu for cost in costs]),
        "memory": middle(memory) if memory else None,
        "seconds": seconds,
        "lufs": None if peer.is_floor else lufs,
        "is_floor": peer.is_floor,
        "note": peer.lacks or None,
        "rounds": [cost._asdict() for cost in costs],
    }


def judge(rows: Sequence[Row]) -> None:
    """Compare each row with ours, the first, and with the floor. Tools that did other work have no ratios."""
    ours = rows[0]
    floor = next((row["wall"] for row in rows if row["is_floor"]), None)
    for row in rows:
        unlike = _unlike(row, ours)
        row["alike"] = not unlike
        row["note"] = "; ".join(filter(None, [unlike, row["note"]])) or None
        row["ratio"] = None if unlike else row["wall"] / ours["wall"]
        row["speed"] = None if unlike else row["length"] / row["wall"]
        row["floor"] = None if unlike or not floor else row["wall"] / floor


def _unlike(row: Row, ours: Row) -> str:
    """How a mix differs from ours; empty if it does not."""
    pairs = zip(("seconds", "lufs"), ("s", "LUFS"), TOLERANCES, strict=True)
    far = [
        f"{row[key]:.2f} {unit}, ours {ours[key]:.2f}"
        for key, unit, near in pairs
        if row[key] is not None and not (row[key] == ours[key] or abs(row[key] - ours[key]) <= near)
    ]
    return f"not alike: {'; '.join(far)}" if far else ""
