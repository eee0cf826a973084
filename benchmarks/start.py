"""Start-up: help, a check, and one second of one track, as whole processes."""

import sys
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from audiograph.standby import rendezvous
from benchmarks import sounds
from benchmarks.contest import Row, contest, skipped
from benchmarks.ours import ALONE, NAME, SCRIPT, STANDBY, TOGETHER, standing_by
from benchmarks.peers import Peer
from benchmarks.process import run
from benchmarks.report import middle, show
from benchmarks.sounds import AUDIO
from benchmarks.track_peers import PEERS
from benchmarks.turns import in_turn

SETTINGS = {NAME: ALONE, STANDBY: TOGETHER}
GRAPH = AUDIO.parent / "voice_over.yaml"
COLUMNS = {
    "tool": "tool",
    "what": "what",
    "wall": "wall s|.3f",
    "cpu": "cpu s|.3f",
    "ratio": "wall / ours|.2f",
    "memory": "peak MB|.0f",
}


def _python(words: str) -> list[str]:
    return [sys.executable, "-c", words]


HELPS = {
    NAME: [*SCRIPT, "--help"],
    STANDBY: [*SCRIPT, "--help"],
    "python": _python("pass"),
    "sox": ["sox", "--help"],
    "ffmpeg": ["ffmpeg", "-loglevel", "error", "-h"],
    "pedalboard": _python("import pedalboard"),
    "pydub": _python("import warnings; warnings.simplefilter('ignore'); import pydub"),
    "scipy": _python("import scipy.signal"),
}


def start(folder: Path, kept: Path, rounds: int, peers: Sequence[Peer] = PEERS) -> dict[str, Any]:
    """Measure and print; all rows."""
    missing = skipped(peers, [])
    away = {peer.name for peer in peers if "not found" in peer.missing}
    helps = {name: words for name, words in HELPS.items() if name not in away}
    check = [*SCRIPT, "check", str(GRAPH)]
    with standing_by():
        rows = _measured(helps, "--help or import", rounds)
        rows += _measured({NAME: check, STANDBY: check}, f"check {GRAPH.name}", rounds)
    show("start", rows, COLUMNS)
    second = contest("1 s of one track", peers, sounds.tracks(kept, 1, 1), folder, rounds)
    return {"rows": rows, "second": second, "skipped": missing}


def _measured(commands: Mapping[str, Sequence[str]], what: str, rounds: int) -> list[Row]:
    here = {name: words for name, words in commands.items() if name != STANDBY or rendezvous.SUPPORTED}
    costs = in_turn({name: partial(run, words, SETTINGS.get(name)) for name, words in here.items()}, rounds)
    ours = middle([cost.wall for cost in costs[NAME]])
    return [
        {
            "tool": name,
            "what": what,
            "wall": (wall := middle([cost.wall for cost in found])),
            "cpu": middle([cost.cpu for cost in found]),
            "ratio": wall / ours,
            "memory": middle([cost.memory or 0 for cost in found]),
            "rounds": [cost._asdict() for cost in found],
        }
        for name, found in costs.items()
    ]
