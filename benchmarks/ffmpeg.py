"""ffmpeg's filters: the time of one, from a run with it and a run without it, and its output."""

import shutil
from pathlib import Path

import numpy as np

from audiograph.sound import Audio
from benchmarks.node_cases import Case
from benchmarks.process import run
from benchmarks.sounds import RATE

QUIET = ["ffmpeg", "-loglevel", "error", "-nostdin", "-filter_complex_threads", "1", "-filter_threads", "1"]
Graphs = tuple[str, str]


def missing() -> list[str]:
    """The message if ffmpeg is not installed."""
    return [] if shutil.which("ffmpeg") else ["ffmpeg: not found, skipped (apt-get install ffmpeg)"]


def graphs(case: Case) -> Graphs:
    """The graph with the case's filter, and the same without it."""
    same = f"aformat=sample_fmts={case.native}"
    silence = f"anullsrc=r={RATE}:cl={'mono' if case.mono else 'stereo'},{same}[out]"
    if not case.inputs:
        return f"{case.filters}[out]", silence
    if case.node == "loop":  # it repeats what is in its memory, and reads nothing
        return f"[0:a]{same},{case.filters}[out]", silence
    if case.inputs == 1:
        return f"[0:a]{same},{case.filters}[out]", f"[0:a]{same}[out]"
    both = f"[0:a]{same}[a];[1:a]{same}[b];[a][b]{case.filters}[out]"
    return both, f"[0:a]{same}[out];[1:a]{same},anullsink"


def seconds(graph: str, sound: Path, inputs: int, repeats: int) -> float:
    """Processor time of a graph over a stereo float32 file, read `repeats` times."""
    return run([*_heard(graph, sound, inputs, repeats), "-f", "null", "-"]).cpu


def output(case: Case, sound: Path) -> Audio:
    """The output of the filter for a stereo float32 file."""
    out = sound.with_suffix(".out")
    run([*_heard(graphs(case)[0], sound, case.inputs, 1), "-y", "-f", "f32le", str(out)])
    found = np.fromfile(out, np.float32)
    out.unlink()
    return np.ascontiguousarray(found.reshape(-1, 1 if case.mono else 2).T)


def _heard(graph: str, sound: Path, inputs: int, repeats: int) -> list[str]:
    length = f"{sound.stat().st_size / 8 / RATE * repeats:.3f}"
    source = ["-f", "f32le", "-ar", f"{RATE}", "-ac", "2", "-stream_loop", f"{repeats - 1}", "-i", f"{sound}"]
    chain = ["-filter_complex", graph.replace("{length}", length), "-map", "[out]"]
    return [*QUIET, *source * max(1, inputs), *chain, "-t", length, "-c:a", "pcm_f32le"]
