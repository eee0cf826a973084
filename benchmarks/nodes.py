"""What a node costs: ns a frame, beside pedalboard and ffmpeg, in turn, the least of several rounds.

Ours is what the engine does: a call from Python a block for an effect; for a
timeline node, reading it, less reading what feeds it. ffmpeg's is its filter's
run less a run without it, in processor time, over ten minutes of sound.
"""

import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from importlib import import_module
from importlib.util import find_spec
from math import inf
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np

from audiograph.catalog import catalog
from audiograph.kernel import bound
from audiograph.node import Effect, Setup
from audiograph.sound import CHUNK, Audio, Stream
from benchmarks import ffmpeg
from benchmarks.node_cases import CASES, Case
from benchmarks.report import note, show
from benchmarks.sounds import RATE

FRAMES = 2**17
OFTEN = 5  # rounds of ours and pedalboard's to one of ffmpeg's
REPEATS = 200  # of the sound, for ffmpeg
LEAST = 0.2  # ns; less cannot be told from nothing
Row = dict[str, Any]
Timer = Callable[[], float]  # gives ns a frame


def nodes(
    folder: Path,
    rounds: int,
    blocks: Sequence[int] = (4096, 8192),
    cases: Sequence[Case] = CASES,
    repeats: int = REPEATS,
) -> dict[str, Any]:
    """Measure, print, and give all of it, with those who were skipped."""
    sound = np.random.default_rng(1).normal(0, 0.2, (2, FRAMES)).astype(np.float32)
    file = folder / "sound.f32"
    sound.T.tofile(file)
    skipped = [line for line in (_no_pedalboard(), _no_ffmpeg()) if line]
    for line in skipped:
        note(line)
    rows = []
    for case in cases:
        often = _ours(case, sound, blocks) | _pedalboards(case, sound)
        rows.append(_row(case, _least(often, _ffmpegs(case, file, repeats), rounds), blocks[-1]))
    ours = {f"{block}": f"ours, {block}|.2f" for block in blocks}
    theirs = {"pedalboard": "pedalboard|.2f", "ffmpeg": "ffmpeg|.2f", "ratio": "ratio|.2f"}
    note(f"ns a frame; ratio: the faster peer's to ours at {blocks[-1]}, both taken for {LEAST} at least")
    show("nodes", rows, {"name": "node", **ours, **theirs})
    return {"rows": rows, "skipped": skipped}


def _no_pedalboard() -> str:
    return (
        "" if find_spec("pedalboard") else "pedalboard: not found, skipped (pip install 'audiograph[peers]')"
    )


def _no_ffmpeg() -> str:
    return "" if shutil.which("ffmpeg") else "ffmpeg: not found, skipped (apt-get install ffmpeg)"


def _row(case: Case, found: Mapping[str, float], block: int) -> Row:
    theirs = [found[tool] for tool in ("pedalboard", "ffmpeg") if tool in found]
    ratio = max(min(theirs), LEAST) / max(found[f"{block}"], LEAST) if theirs else None
    return {"name": case.name, "node": case.node, **found, "ratio": ratio}


def _least(often: Mapping[str, Timer], seldom: Mapping[str, Timer], rounds: int) -> dict[str, float]:
    """The least of each, all in turn."""
    best: dict[str, float] = {}
    for _ in range(rounds):
        for key, time in [*often.items()] * OFTEN + [*seldom.items()]:
            best[key] = min(best.get(key, inf), time())
    if seldom:
        best["ffmpeg"] = max(best.pop("with") - best.pop("without"), 0.0)
    return best


def _ours(case: Case, sound: Audio, blocks: Sequence[int]) -> dict[str, Timer]:
    """By block size."""
    sound = sound[: 1 if case.mono else 2]
    kind, fed = catalog()[case.node], [_played(sound)] * case.inputs
    heard = (fed + fed[:1] * len(kind.inputs))[: max(len(kind.inputs), case.inputs)]
    values = {name: _timed(kind.params[name].read(raw)) for name, raw in case.values.items()}
    made = kind(Setup(RATE, tuple(heard)), **values)
    if isinstance(made, Effect):
        adds = any(port.many for port in kind.inputs)
        return {f"{block}": partial(_effect, made, len(heard), adds, sound, block) for block in blocks}
    return {f"{block}": partial(_timeline, made, fed[:1], block) for block in blocks}


def _timed(value: Any) -> Any:
    """A value whose moments are seconds, as the planner gives it."""
    if isinstance(value, tuple) and not hasattr(value, "offset"):
        return tuple({key: _timed(part) for key, part in row.items()} for row in value)
    return getattr(value, "offset", value)


def _played(sound: Audio) -> Stream:
    """A stream of what is in memory."""

    def chunks(first: int) -> Iterator[Audio]:
        for at in range(first, sound.shape[1], CHUNK):
            yield sound[:, at : at + CHUNK]

    return Stream(RATE, sound.shape[0], sound.shape[1], chunks=chunks)


def _effect(effect: Effect, inputs: int, adds: bool, sound: Audio, block: int) -> float:
    y, state, calls = np.zeros((effect.channels[0], block), np.float32), effect.state(), list[Any]()
    for at in range(0, FRAMES, block):
        x = np.ascontiguousarray(sound[:, at : at + block])
        if adds:
            calls.append(partial(y.fill, 0))
            calls += [bound(effect.kernel, x, y, effect.coefs[place], state) for place in range(inputs)]
        else:
            calls.append(bound(effect.kernel, *[x] * inputs, y, effect.coefs, state))
    calls[0]()
    begun = perf_counter()
    for call in calls:
        call()
    return (perf_counter() - begun) / FRAMES * 1e9


def _timeline(stream: Stream, fed: Sequence[Stream], block: int) -> float:
    return max(_reading(stream, block) - sum(_reading(sound, block) for sound in fed), 0.0)


def _reading(stream: Stream, block: int) -> float:
    reader, out = stream.open(), np.zeros((stream.channels, block), np.float32)
    begun = perf_counter()
    for _ in range(FRAMES // block):
        reader.read(out)
    return (perf_counter() - begun) / FRAMES * 1e9


def _pedalboards(case: Case, sound: Audio) -> dict[str, Timer]:
    if not case.board or _no_pedalboard():
        return {}
    module = import_module("pedalboard")
    board = module.Pedalboard([getattr(module, name)(*values) for name, values in case.board])

    def time() -> float:
        begun = perf_counter()
        board(sound, RATE)
        return (perf_counter() - begun) / FRAMES * 1e9

    return {"pedalboard": time}


def _ffmpegs(case: Case, file: Path, repeats: int) -> dict[str, Timer]:
    if not case.filters or _no_ffmpeg():
        return {}

    def time(graph: str) -> float:
        return ffmpeg.seconds(graph, file, case.inputs, repeats) / FRAMES / repeats * 1e9

    chains = zip(("with", "without"), ffmpeg.graphs(case), strict=True)
    return {name: partial(time, graph) for name, graph in chains}
