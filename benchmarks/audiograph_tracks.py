"""Many tracks with audiograph, called from Python."""

from collections.abc import Sequence
from pathlib import Path

from audiograph.rendering.files import render
from audiograph.rendering.loading import load
from audiograph.rendering.outputs import output_files
from benchmarks.sounds import Tracks
from benchmarks.track_peers import graph


def mix(files: Sequence[Path], length: int, out: Path) -> None:
    """Render the mix."""
    plan = load(graph(Tracks(tuple(files), length)))
    render(plan, output_files(plan, "tracks", out))
