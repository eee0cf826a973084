"""The reference mix by every tool, at several lengths."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.contest import contest, skipped
from benchmarks.peers import Peer
from benchmarks.reference_peers import PEERS
from benchmarks.sounds import sounds

LONG = 3600  # seconds; mixes of this length and more are measured once


def reference(
    folder: Path, kept: Path, lengths: Sequence[int], rounds: int, peers: Sequence[Peer] = PEERS
) -> dict[str, Any]:
    """Measure and print; all rows, with the tools that were skipped. Sounds are kept in `kept`."""
    missing, rows = skipped(peers, lengths), []
    for length in lengths:
        title = f"reference mix of {length} s"
        rows += contest(title, peers, sounds(kept, length), folder, 0 if length >= LONG else rounds)
    return {"rows": rows, "skipped": missing}
