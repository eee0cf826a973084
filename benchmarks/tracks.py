"""32 tracks into one bus, by every tool."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks import sounds
from benchmarks.contest import contest, skipped
from benchmarks.peers import Peer
from benchmarks.track_peers import PEERS

COUNT = 32


def tracks(
    folder: Path, kept: Path, rounds: int, length: int = 60, count: int = COUNT, peers: Sequence[Peer] = PEERS
) -> dict[str, Any]:
    """Measure and print; all rows, with the tools that were left out."""
    missing = skipped(peers, [length])
    title = f"{count} tracks of {length} s, each with EQ, compressor and pan, into one bus"
    rows = contest(title, peers, sounds.tracks(kept, count, length), folder, rounds)
    return {"rows": rows, "count": count, "skipped": missing}
