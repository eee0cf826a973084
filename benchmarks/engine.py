"""The engine by itself: block sizes, silence, long mixes."""

import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks.process import run
from benchmarks.report import middle, show
from benchmarks.sounds import AUDIO, sounds
from benchmarks.turns import in_turn, one_core, timed

SIZES = tuple(512 << place for place in range(8))  # frames of a block
CLIPS, SPREAD = 200, 1800  # clips, and seconds they are placed over
Row = dict[str, Any]


def blocks(
    folder: Path, kept: Path, rounds: int, length: int = 60, sizes: Sequence[int] = SIZES
) -> list[Row]:
    """The reference mix at each block size. The engine's default was chosen by this."""
    from benchmarks.audiograph_mix import mix

    given = sounds(kept, length)
    works = {size: timed(partial(mix, *given, folder / "block.wav", size)) for size in sizes}
    with one_core():
        walls = in_turn(works, rounds)
    quickest = min(map(middle, walls.values()))
    rows = [
        {
            "block": size,
            "length": length,
            "wall": (wall := middle(found)),
            "speed": length / wall,
            "ratio": wall / quickest,
        }
        for size, found in walls.items()
    ]
    columns = {
        "block": "block|d",
        "wall": "wall s|.3f",
        "speed": "x real time|.0f",
        "ratio": "time / fastest|.2f",
    }
    show(f"reference mix of {length} s by block size, warm, on one core", rows, columns)
    return rows


def silence(folder: Path, rounds: int, clips: int = CLIPS, spread: float = SPREAD) -> list[Row]:
    """What silence costs: clips placed over a long time, compared with the same clips joined."""
    works = {
        "placed": timed(partial(_render, _placed(clips, spread), folder / "placed.wav")),
        "joined": timed(partial(_render, _joined(clips), folder / "joined.wav")),
    }
    with one_core():
        walls = {name: middle(found) for name, found in in_turn(works, rounds).items()}
    rows = [{"mix": name, "wall": wall, "ratio": wall / walls["joined"]} for name, wall in walls.items()]
    columns = {"mix": "mix", "wall": "wall s|.3f", "ratio": "time / joined|.2f"}
    show(f"{clips} clips placed over {spread:g} s, and joined", rows, columns)
    return rows


def memory(folder: Path, hours: Sequence[float] = (1, 10)) -> list[Row]:
    """Peak memory of long mixes."""
    rows = []
    for long in hours:
        seconds = round(long * 3600)
        graph, out = folder / "long.yaml", folder / "long.wav"
        graph.write_text(_long(seconds))
        cost = run([sys.executable, "-m", "audiograph", "render", f"{graph}", "-q", "-o", f"{out}"])
        rows.append(
            {"hours": long, "size": out.stat().st_size / 1e6, "speed": seconds / cost.wall, **cost._asdict()}
        )
        out.unlink()
    columns = {
        "hours": "hours|g",
        "memory": "peak MB|.0f",
        "wall": "wall s|.1f",
        "speed": "x real time|.0f",
        "size": "file MB|.0f",
    }
    show("long mixes, whole processes", rows, columns)
    return rows


def _render(text: str, out: Path) -> None:
    from audiograph.rendering.files import render
    from audiograph.rendering.loading import load
    from audiograph.rendering.outputs import output_files

    graph = out.with_suffix(".yaml")
    graph.write_text(text)
    plan = load(graph)
    render(plan, output_files(plan, graph.stem, out))


def _clips(clips: int) -> str:
    return "".join(f"  c{n}: {{use: source, file: {AUDIO / 'guest.flac'}, end: 2 s}}\n" for n in range(clips))


def _placed(clips: int, spread: float) -> str:
    places = "".join(f"  p{n}: {{use: place, in: c{n}, at: {n * spread / clips}}}\n" for n in range(clips))
    names = ", ".join(f"p{n}" for n in range(clips))
    return f"nodes:\n{_clips(clips)}{places}  all: {{use: sum, in: [{names}]}}\n{MASTER}"


def _joined(clips: int) -> str:
    names = ", ".join(f"c{n}" for n in range(clips))
    return f"nodes:\n{_clips(clips)}  all: {{use: concat, in: [{names}]}}\n{MASTER}"


MASTER = """\
  tone: {use: eq, in: all, bands: [{shape: peak, freq: 2 kHz, gain: 3 dB}]}
  master: {use: limiter, in: tone}
output: master
"""


def _long(seconds: int) -> str:
    voice, music = AUDIO / "guest.flac", AUDIO / "music.ogg"
    return f"""\
nodes:
  said: {{use: source, file: {voice}}}
  played: {{use: source, file: {music}}}
  voice: {{in: said, chain: [{{use: loop, until: {seconds} s}}, {{use: compressor}}]}}
  music: {{in: played, chain: [{{use: loop, until: {seconds} s}}, {{use: duck, key: voice}}]}}
  master: {{use: limiter, in: [voice, music]}}
output: master
"""
