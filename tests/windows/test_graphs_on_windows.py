"""Every graph of graphs/ renders on Windows: each time the same bytes, and within 1 LSB what Linux makes.

`scripts/windows` runs this under Wine, and gives two settings: AUDIOGRAPH_ELSEWHERE is a folder with what
Linux makes of each graph, AUDIOGRAPH_SMOKE the seconds after which no further graph is begun.
"""

import os
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import soundfile
from command import ROOT, run

pytestmark = pytest.mark.skipif(
    sys.platform != "win32", reason="needs Windows; scripts/windows has it under Wine"
)

FIRST = "voice_over"  # which is never left out
GRAPHS = sorted((ROOT / "graphs").glob("*.yaml"), key=lambda path: (path.stem != FIRST, path.stem))
ELSEWHERE, SMOKE = os.environ.get("AUDIOGRAPH_ELSEWHERE"), float(os.environ.get("AUDIOGRAPH_SMOKE", "inf"))
BEGUN = time.monotonic()


def rendered(graph: Path, folder: Path) -> dict[str, bytes]:
    folder.mkdir()
    result = run("render", graph, "-q", "-o", folder)
    assert result.exit_code == 0, result.stderr
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


@pytest.mark.parametrize("graph", GRAPHS, ids=lambda path: path.stem)
def test_a_graph_renders_the_same_every_time(tmp_path: Path, graph: Path):
    if graph is not GRAPHS[0] and time.monotonic() - BEGUN > SMOKE:
        pytest.skip("no time left; scripts/windows --all takes it")
    first, again = rendered(graph, tmp_path / "a"), rendered(graph, tmp_path / "b")
    assert first and first == again
    for name in first if ELSEWHERE else ():
        here, there = tmp_path / "a" / name, Path(ELSEWHERE, graph.stem, name)
        assert there.exists()
        if here.suffix not in (".wav", ".flac"):
            continue
        (x, rate), (y, other) = (soundfile.read(path, dtype="int16") for path in (here, there))
        assert rate == other and x.shape == y.shape
        assert np.abs(x.astype(int) - y).max() <= 1
