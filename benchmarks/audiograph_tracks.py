"""Many tracks with audiograph, as a program of one's own would call it."""

from collections.abc import Sequence
from pathlib import Path

from audiograph.rendering.files import load, render
from audiograph.rendering.outputs import jobs
from benchmarks.sounds import Tracks
from benchmarks.track_peers import graph


def mix(files: Sequence[Path], length: int, out: Path) -> None:
    """Make the mix."""
    plan = load(graph(Tracks(tuple(files), length)))
    render(plan, jobs(plan, "tracks", out))
