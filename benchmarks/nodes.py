"""What a node costs in ns per frame, beside pedalboard, ffmpeg and scipy: the minimum of several rounds.

The tools take turns. The time of an ffmpeg filter is the processor time of a run
with it minus that of a run without it, over ten minutes of sound. A tool whose
output differs from ours by more than 0.5 LU has done other work, and does not count.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from math import inf
from pathlib import Path
from typing import Any

import numpy as np

from audiograph.measuring import Meter
from audiograph.sound import Audio
from benchmarks import ffmpeg, node_ours, node_peers, roofline
from benchmarks.contest import TOLERANCES
from benchmarks.node_cases import METER, Case, known
from benchmarks.node_ours import Timer
from benchmarks.report import note, show
from benchmarks.sounds import RATE, music
from benchmarks.turns import one_core

FRAMES = 2**17
OFTEN = 5  # rounds of ours, pedalboard's and scipy's for each one of ffmpeg's
REPEATS = 200  # of the sound, for ffmpeg
LEAST = 0.2  # ns; less cannot be measured
PEERS = ("pedalboard", "ffmpeg", "scipy")
Row = dict[str, Any]


def nodes(
    folder: Path,
    rounds: int,
    blocks: Sequence[int] = (4096, 8192),
    cases: Sequence[Case] | None = None,
    repeats: int = REPEATS,
) -> dict[str, Any]:
    """Measure and print; all results, with the tools that were skipped."""
    heard = {name: _kept(folder, name, sound) for name, sound in sounds().items()}
    skipped = [*node_peers.missing(), *ffmpeg.missing()]
    for line in skipped:
        note(line)
    with one_core():
        machine = roofline.probed()
        rows = [
            _measured(case, *heard[case.sound], rounds, blocks, repeats) | roofline.limits(case, machine)
            for case in (known() if cases is None else cases)
        ]
    for row in rows:
        row["share"] = row[f"{blocks[-1]}"] / row["limit"] if row["limit"] else None
    ours = {f"{block}": f"ours, {block}|" for block in blocks}
    theirs = {name: f"{name}|" for name in PEERS} | {
        "ratio": "ratio|.2f",
        "unlike": "not alike, so not counted",
    }
    note(f"ns a frame; ratio: the fastest peer's to ours at {blocks[-1]}, both taken for {LEAST} at least")
    show("nodes", [readable(row, (*ours, *PEERS)) for row in rows], {"name": "node", **ours, **theirs})
    roofline.print_all(machine, rows, blocks[-1])
    return {"rows": rows, "machine": machine._asdict(), "block": blocks[-1], "skipped": skipped}


def sounds() -> dict[str, Audio]:
    """The stereo inputs of the cases, by name."""
    noise = np.random.default_rng(1).normal(0, 0.2, (2, FRAMES)).astype(np.float32)
    loud = np.arange(FRAMES) // (RATE // 2) % 2 == 0
    return {
        "noise": noise,
        "twice": np.ascontiguousarray(noise[[0, 0]]),
        "bursts": noise * np.where(loud, 1, 0.001).astype(np.float32),
        "music": np.ascontiguousarray(music()[:FRAMES].T),
    }


def _kept(folder: Path, name: str, sound: Audio) -> tuple[Audio, Path]:
    """A sound, and a file of it for ffmpeg to read."""
    file = folder / f"{name}.f32"
    sound.T.tofile(file)
    return sound, file


def _measured(case: Case, sound: Audio, file: Path, rounds: int, blocks: Sequence[int], repeats: int) -> Row:
    works = node_peers.works(case)
    often = node_ours.timers(case, sound, blocks)
    often |= {name: partial(node_peers.nanoseconds, work, sound) for name, work in works.items()}
    found = _least(often, _ffmpegs(case, file, repeats), rounds)
    outs: dict[str, Callable[[], Audio]] = {name: partial(work, sound) for name, work in works.items()}
    if "ffmpeg" in found:
        outs["ffmpeg"] = partial(ffmpeg.output, case, file)
    return compared(case, found, differing(case, sound, outs), blocks[-1])


def compared(case: Case, found: Mapping[str, float], unlike: Mapping[str, float], block: int) -> Row:
    """The row of a case: its times, and the ratio to the fastest peer that does the same work."""
    theirs = [found[tool] for tool in PEERS if tool in found and tool not in unlike]
    ratio = max(min(theirs), LEAST) / max(found[f"{block}"], LEAST) if theirs else None
    said = ", ".join(f"{tool} {by:+.1f} LU" for tool, by in unlike.items())
    return {"name": case.name, "node": case.node, **found, "ratio": ratio, "unlike": said or None}


def readable(row: Mapping[str, Any], keys: Sequence[str]) -> Row:
    """The row with some of its times as text; those too small to measure are shown as "<0.2"."""
    times = {key: row[key] for key in keys if key in row}
    return {**row, **{key: f"<{LEAST}" if time < LEAST else f"{time:.2f}" for key, time in times.items()}}


def _least(often: Mapping[str, Timer], seldom: Mapping[str, Timer], rounds: int) -> dict[str, float]:
    """The minimum of each, measured in turn."""
    best: dict[str, float] = {}
    for _ in range(rounds):
        for key, time in [*often.items()] * OFTEN + [*seldom.items()]:
            best[key] = min(best.get(key, inf), time())
    if seldom:
        best["ffmpeg"] = max(best.pop("with") - best.pop("without"), 0.0)
    return best


def _ffmpegs(case: Case, file: Path, repeats: int) -> dict[str, Timer]:
    if not case.filters or ffmpeg.missing():
        return {}

    def time(graph: str) -> float:
        return ffmpeg.seconds(graph, file, case.inputs, repeats) / FRAMES / repeats * 1e9

    chains = zip(("with", "without"), ffmpeg.graphs(case), strict=True)
    return {name: partial(time, graph) for name, graph in chains}


def differing(case: Case, sound: Audio, outs: Mapping[str, Callable[[], Audio]]) -> dict[str, float]:
    """The tools whose loudness differs too much from ours, and by how many LU."""
    if not outs or case.node == METER:
        return {}
    ours = _loudness(node_ours.output(case, sound))
    added = {"pedalboard": case.board_gain}
    by = {name: _loudness(out()) - added.get(name, 0) - ours for name, out in outs.items()}
    return {name: far for name, far in by.items() if not abs(far) <= TOLERANCES[1]}


def _loudness(sound: Any) -> float:
    heard = Meter(RATE, len(sound))
    heard.write(np.ascontiguousarray(sound, np.float32))
    return heard.levels().integrated_lufs
