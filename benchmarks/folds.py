"""What fusion saves: chains and the reference mix, with neighbours fused and each node separate."""

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

from audiograph.engine.run import Run
from audiograph.rendering.loading import load
from benchmarks.audiograph_mix import GRAPH
from benchmarks.report import middle, show
from benchmarks.sounds import RATE, sounds
from benchmarks.turns import in_turn, one_core, timed

BAND = "{shape: peak, freq: 2 kHz, gain: -4 dB}"
BELL, FIVE = (f"{{use: eq, bands: [{', '.join([BAND] * count)}]}}" for count in (1, 5))
LOWPASS = "{use: filter, freq: 5 kHz, order: 1}"
GAIN, PAN, FADE = "{use: gain, level: -6 dB}", "{use: pan, position: 0.3}", "{use: fade, fade_in: 1 s}"
CHAINS = {
    "eq, filter": [BELL, LOWPASS],
    "four eqs": [BELL] * 4,
    "two eqs of five": [FIVE] * 2,
    "gain, pan": [GAIN, PAN],
    "gain, pan, fade": [GAIN, PAN, FADE],
}
Row = dict[str, Any]


def folds(kept: Path, rounds: int, length: int = 60) -> list[Row]:
    """Measure and print; ns per stereo frame, of the whole mix and of chains alone."""
    voice, music, _ = sounds(kept, length)
    graphs: dict[str, tuple[Any, Mapping[str, str]]] = {
        "reference mix": (GRAPH, {"voice": f"{voice}", "music": f"{music}", "length": f"{length} s"}),
        "": (_chain([], length), {}),
        **{name: (_chain(links, length), {}) for name, links in CHAINS.items()},
    }
    works = {
        (name, fold): timed(partial(_pass, *graph, fold))
        for name, graph in graphs.items()
        for fold in (True, False)
    }
    with one_core():
        walls = {each: middle(found) * 1e9 / length / RATE for each, found in in_turn(works, rounds).items()}
    rows = []
    for name in ("reference mix", *CHAINS):
        bare = walls["", False] if name in CHAINS else 0.0
        together, apart = walls[name, True] - bare, walls[name, False] - bare
        rows.append({"nodes": name, "folded": together, "apart": apart, "ratio": apart / together})
    columns = {"nodes": "nodes", "folded": "fused ns|.2f", "apart": "separate ns|.2f", "ratio": "ratio|.2f"}
    show(f"neighbours fused into one step, {length} s, per stereo frame, warm, on one core", rows, columns)
    return rows


def _chain(links: list[str], length: int) -> str:
    hiss = f"{{use: noise, channels: 2, length: {length} s}}"
    nodes = f"n: {{in: hiss, chain: [{', '.join(links)}]}}" if links else "n: {use: trim, in: hiss}"
    return f"nodes:\n  hiss: {hiss}\n  {nodes}\noutput: n\n"


def _pass(graph: Any, settings: Mapping[str, str], fold: bool) -> None:
    plan = load(graph, settings, fold=fold)
    for _ in Run(plan).open([plan.graph.targets[0].out]).blocks():
        pass
