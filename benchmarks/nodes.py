"""What a node costs: ns a stereo frame, beside pedalboard and ffmpeg, in turn, the least of several rounds.

Ours is what the engine does: a call from Python a block for an effect; for a
timeline node, reading it, less reading what feeds it. ffmpeg's is its filter's
run less a run without it, in processor time, over ten minutes of sound.
"""

import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np

from audiograph.catalog import catalog
from audiograph.kernel import bound
from audiograph.node import Effect, Setup
from audiograph.stream import CHUNK, Audio, Stream
from benchmarks.node_cases import CASES, Case
from benchmarks.process import run
from benchmarks.report import note, show
from benchmarks.sounds import RATE

FRAMES = 2**17
OFTEN = 5  # rounds of ours and pedalboard's to one of ffmpeg's
REPEATS = 200  # of the sound, for ffmpeg
LEAST = 0.2  # ns; less cannot be told from nothing
Row = dict[str, Any]
Timer = Callable[[], float]


def nodes(
    folder: Path,
    rounds: int,
    blocks: Sequence[int] = (4096, 8192),
    cases: Sequence[Case] = CASES,
    repeats: int = REPEATS,
) -> dict[str, Any]:
    """Measure, print, and give all of it."""
    sound = np.random.default_rng(1).normal(0, 0.2, (2, FRAMES)).astype(np.float32)
    file = folder / "sound.f32"
    sound.T.tofile(file)
    missing = [line for line in map(_missing, ("pedalboard", "ffmpeg")) if line]
    for line in missing:
        note(line)
    rows = [_row(case, _measured(case, sound, file, rounds, blocks, repeats), blocks) for case in cases]
    ours = {f"{block}": f"ours, {block}|.2f" for block in blocks}
    columns = {"name": "node", **ours, "pedalboard": "pedalboard|.2f", "ffmpeg": "ffmpeg|.2f", "ratio": "ratio|.2f"}
    show("ns a frame; ratio is the faster peer's to ours at the last block size", rows, columns)
    return {"rows": rows, "skipped": missing}


def _missing(tool: str) -> str:
    if tool == "ffmpeg":
        return "" if shutil.which(tool) else "ffmpeg: not found, skipped (apt-get install ffmpeg)"
    return "" if find_spec(tool) else f"{tool}: not found, skipped (pip install 'audiograph[peers]')"


def _row(case: Case, found: Mapping[str, float], blocks: Sequence[int]) -> Row:
    theirs = [found[tool] for tool in ("pedalboard", "ffmpeg") if tool in found]
    ratio = max(min(theirs), LEAST) / max(found[f"{blocks[-1]}"], LEAST) if theirs else None
    return {"name": case.name, "node": case.node, **found, "ratio": ratio}


def _measured(
    case: Case, sound: Audio, file: Path, rounds: int, blocks: Sequence[int], repeats: int
) -> dict[str, float]:
    """The least of each, all in turn."""
    often = {f"{block}": _ours(case, sound[: 1 if case.mono else 2], block) for block in blocks}
    if case.board and not _missing("pedalboard"):
        often["pedalboard"] = _pedalboards(case, sound)
    seldom: dict[str, Timer] = {}
    if case.filters and not _missing("ffmpeg"):
        seldom = {key: partial(_ffmpegs, case, filters, file, repeats) for key, filters in _chains(case).items()}
    best: dict[str, float] = {}
    for _ in range(rounds):
        for key, time in [*often.items()] * OFTEN + [*seldom.items()]:
            best[key] = min(best.get(key, np.inf), time())
    if "without" in best:
        best["ffmpeg"] = max(best.pop("with") - best.pop("without"), 0.0)
    return best


def _ours(case: Case, sound: Audio, block: int) -> Timer:
    kind, fed = catalog()[case.node], [_played(sound)] * case.inputs
    heard = (fed + fed[:1] * len(kind.inputs))[: max(len(kind.inputs), case.inputs)]
    values = {name: kind.params[name].read(raw) for name, raw in case.values.items()}
    made = kind(Setup(RATE, tuple(heard)), **{name: _plain(value) for name, value in values.items()})
    if isinstance(made, Effect):
        many = any(port.many for port in kind.inputs)
        return partial(_effect, made, len(heard), many, _blocks(sound, block))
    if not case.inputs:
        return partial(_reading, made, block)
    return lambda: _reading(made, block) - _reading(fed[0], block)


def _plain(value: Any) -> Any:
    """A value whose moments are seconds, as the planner gives it."""
    if isinstance(value, tuple) and not hasattr(value, "offset"):
        return tuple({key: _plain(part) for key, part in row.items()} for row in value)
    return getattr(value, "offset", value)


def _played(sound: Audio) -> Stream:
    """A stream of what is in memory."""

    def chunks(first: int) -> Iterator[Audio]:
        for at in range(first, sound.shape[1], CHUNK):
            yield sound[:, at : at + CHUNK]

    return Stream(RATE, sound.shape[0], sound.shape[1], chunks=chunks)


def _blocks(sound: Audio, block: int) -> list[Audio]:
    return [np.ascontiguousarray(sound[:, at : at + block]) for at in range(0, sound.shape[1], block)]


def _effect(effect: Effect, inputs: int, many: bool, blocks: Sequence[Audio]) -> float:
    y = np.zeros((effect.channels[0], blocks[0].shape[1]), np.float32)
    state, calls = effect.state(), list[Callable[[], None]]()
    for x in blocks:
        if many:
            calls.append(partial(y.fill, 0))
            calls += [bound(effect.kernel, x, y, effect.coefs[place], state) for place in range(inputs)]
        else:
            calls.append(bound(effect.kernel, *[x] * inputs, y, effect.coefs, state))
    begun = perf_counter()
    for call in calls:
        call()
    return (perf_counter() - begun) / len(blocks) / y.shape[1] * 1e9


def _reading(stream: Stream, block: int) -> float:
    reader, out = stream.open(), np.zeros((stream.channels, block), np.float32)
    begun = perf_counter()
    for _ in range(FRAMES // block):
        reader.read(out)
    return (perf_counter() - begun) / FRAMES * 1e9


def _pedalboards(case: Case, sound: Audio) -> Timer:
    module = import_module("pedalboard")
    board = module.Pedalboard([getattr(module, name)(*values) for name, values in case.board])

    def time() -> float:
        begun = perf_counter()
        board(sound, RATE)
        return (perf_counter() - begun) / sound.shape[1] * 1e9

    return time


def _chains(case: Case) -> dict[str, str]:
    """ffmpeg's graph with the filter, and without it."""
    same = f"aformat=sample_fmts={case.native}"
    silence = f"anullsrc=r={RATE}:cl={'mono' if case.mono else 'stereo'},{same}[out]"
    if not case.inputs:
        return {"with": f"{case.filters}[out]", "without": silence}
    if case.node == "loop":  # what it repeats is in its memory, so nothing is read
        return {"with": f"[0:a]{same},{case.filters}[out]", "without": silence}
    heads = [f"[{place}:a]{same}" for place in range(case.inputs)]
    if case.inputs == 1:
        return {"with": f"{heads[0]},{case.filters}[out]", "without": f"{heads[0]}[out]"}
    named = [f"{head}[i{place}];" for place, head in enumerate(heads)]
    with_it = "".join(named) + "".join(f"[i{place}]" for place in range(case.inputs)) + f"{case.filters}[out]"
    return {"with": with_it, "without": ";".join([f"{heads[0]}[out]", *(f"{head},anullsink" for head in heads[1:])])}


def _ffmpegs(case: Case, graph: str, file: Path, repeats: int) -> float:
    source = ["-f", "f32le", "-ar", f"{RATE}", "-ac", "2", "-stream_loop", f"{repeats - 1}", "-i", f"{file}"]
    quiet = ["ffmpeg", "-loglevel", "error", "-nostdin", "-filter_complex_threads", "1", "-filter_threads", "1"]
    length = ["-t", f"{FRAMES * repeats / RATE}", "-c:a", "pcm_f32le", "-f", "null", "-"]
    command = [*quiet, *source * case.inputs, "-filter_complex", graph, "-map", "[out]", *length]
    return run(command).cpu / FRAMES / repeats * 1e9
