"""The reference mix, tool beside tool: whole processes, then those that can within one, warm, on one core."""

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from importlib import import_module
from pathlib import Path
from time import perf_counter, process_time
from typing import Any

from benchmarks.peers import PEERS, Peer
from benchmarks.process import Cost, run
from benchmarks.report import middle, note, show
from benchmarks.sounds import Sounds, level, sounds

NEAR = (0.05, 0.5)  # seconds and dB RMS that a tool's mix may be away from ours
SHORT = 60  # seconds; no slow tool is asked for more
COLUMNS = {
    "tool": "tool",
    "wall": "wall s|.3f",
    "cpu": "cpu s|.3f",
    "ratio": "wall / ours|.2f",
    "speed": "x real time|.0f",
    "memory": "peak MB|.0f",
    "rms": "RMS dB|.2f",
    "note": "note",
}

Work = Callable[[], Cost]
Row = dict[str, Any]


def reference(
    folder: Path, lengths: Sequence[int], rounds: int, peers: Sequence[Peer] = PEERS
) -> dict[str, Any]:
    """Measure, print, and give all of it, with those who were skipped and those whose mix is not ours."""
    skipped, rows = [peer.missing for peer in peers if peer.missing], list[Row]()
    for line in skipped:
        note(line)
    for length in lengths:
        asked = [peer for peer in peers if not peer.missing and not (peer.is_slow and length > SHORT)]
        given = sounds(folder, length)
        processes = _table(
            asked, {peer.name: partial(_process, peer, given) for peer in asked}, given, rounds
        )
        show(f"reference mix of {length} s, whole processes", processes, COLUMNS)
        with one_core():
            warm = {peer.name: partial(_within, peer, given) for peer in asked if peer.mixes}
            within = _table(asked, warm, given, rounds)
        show(f"reference mix of {length} s, in one process, warm, on one core", within, COLUMNS)
        rows += [{"how": "process", **row} for row in processes] + [{"how": "warm", **row} for row in within]
    mismatches = differing(rows)
    for line in mismatches:
        note(f"MISMATCH {line}")
    return {"rows": rows, "skipped": skipped, "mismatches": mismatches}


def _table(peers: Sequence[Peer], works: Mapping[str, Work], given: Sounds, rounds: int) -> list[Row]:
    slow = {peer.name: peer.is_slow for peer in peers}
    costs = in_turn(works, rounds, [name for name in works if slow[name]])
    first = middle([cost.wall for cost in next(iter(costs.values()))])
    return [_row(peer, costs[peer.name], given, first) for peer in peers if peer.name in costs]


def in_turn(works: Mapping[str, Work], rounds: int, slow: Sequence[str] = ()) -> dict[str, list[Cost]]:
    """A B C, A B C, ...; after a round that does not count, but for the slow, whose one round does."""
    costs: dict[str, list[Cost]] = {name: [] for name in works}
    for place in range(rounds + 1):
        for name, work in works.items():
            if place == 0 or name not in slow:
                costs[name].append(work())
    return {name: found[1:] or found for name, found in costs.items()}


def _process(peer: Peer, given: Sounds) -> Cost:
    return run(peer.command(given, _out(peer, given)))


def _within(peer: Peer, given: Sounds) -> Cost:
    assert peer.mixes
    wall, cpu = perf_counter(), process_time()
    import_module(peer.mixes).mix(given.voice, given.music, given.length, _out(peer, given))
    return Cost(perf_counter() - wall, process_time() - cpu, None)


def _out(peer: Peer, given: Sounds) -> Path:
    return given.voice.with_name(f"{peer.name}_{given.length}.wav")


def _row(peer: Peer, costs: Sequence[Cost], given: Sounds, first: float) -> Row:
    wall, memory = middle([cost.wall for cost in costs]), [cost.memory for cost in costs if cost.memory]
    seconds, rms = level(_out(peer, given))
    return {
        "tool": peer.name,
        "length": given.length,
        "wall": wall,
        "cpu": middle([cost.cpu for cost in costs]),
        "ratio": wall / first,
        "speed": given.length / wall,
        "memory": middle(memory) if memory else None,
        "rms": rms,
        "seconds": seconds,
        "note": peer.lacks or None,
        "rounds": [cost._asdict() for cost in costs],
    }


def differing(rows: Sequence[Row]) -> list[str]:
    """Who did other work than we did: length or level is not ours."""
    found = []
    for row in rows:
        ours = next(other for other in rows if all(other[key] == row[key] for key in ("how", "length")))
        for key, unit, near in zip(("seconds", "rms"), ("s", "dB RMS"), NEAR, strict=True):
            if abs(row[key] - ours[key]) > near:
                its = f"{row['tool']}, {row['length']} s: its mix has"
                found.append(f"{its} {row[key]:.2f} {unit}, ours {ours[key]:.2f}")
    return list(dict.fromkeys(found))


@contextmanager
def one_core() -> Iterator[None]:
    """Stay on one core, where the system lets us."""
    if not hasattr(os, "sched_setaffinity"):
        yield
        return
    cores = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {max(cores)})
    try:
        yield
    finally:
        os.sched_setaffinity(0, cores)
