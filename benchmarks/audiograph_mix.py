"""The reference mix with audiograph, called from Python."""

from pathlib import Path

from audiograph.plan import BLOCK
from audiograph.rendering.files import render
from audiograph.rendering.loading import load
from audiograph.rendering.outputs import output_files

GRAPH = Path(__file__).with_name("reference_mix.yaml")


def mix(voice: Path, music: Path, length: float, out: Path, block: int = BLOCK) -> None:
    """Render the mix."""
    settings = {"voice": str(voice), "music": str(music), "length": f"{length} s"}
    plan = load(GRAPH, settings, block=block)
    render(plan, output_files(plan, GRAPH.stem, out))
