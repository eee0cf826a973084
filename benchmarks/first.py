"""From nothing to a first mix: a new environment, the installation, a render that compiles, another one."""

import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from benchmarks.contest import Row
from benchmarks.process import run
from benchmarks.report import note, show

ROOT = Path(__file__).parents[1]
GRAPH = ROOT / "graphs" / "voice_over.yaml"
FIRST, SECOND = "the first mix", "the second"
COLUMNS = {"what": "what", "wall": "wall s|.1f", "cpu": "cpu s|.1f"}


def steps(folder: Path) -> dict[str, Sequence[str]]:
    """What a new user does, as commands."""
    home = folder / "venv"
    tools = home / ("Scripts" if os.name == "nt" else "bin")
    render = [str(tools / "audiograph"), "render", str(GRAPH), "-q", "-o", str(folder / "mix.wav")]
    return {
        "python -m venv": [sys.executable, "-m", "venv", str(home)],
        "pip install": [str(tools / "pip"), "install", "-q", "--disable-pip-version-check", str(ROOT)],
        FIRST: render,
        SECOND: render,
    }


def first(folder: Path, todo: Mapping[str, Sequence[str]] | None = None) -> list[Row]:
    """Measure and print; a row for each step. Empty if it cannot be done, for instance without a network."""
    before = os.environ.get("AUDIOGRAPH_CACHE")
    os.environ["AUDIOGRAPH_CACHE"] = str(folder / "kernels")
    rows: list[Row] = []
    try:
        for what, command in (todo or steps(folder)).items():
            cost = run(command)
            rows.append({"what": what, "wall": cost.wall, "cpu": cost.cpu})
    except RuntimeError as error:
        note(f"from nothing to a first mix: left out ({str(error).splitlines()[0]})")
        return []
    finally:
        if before is None:
            del os.environ["AUDIOGRAPH_CACHE"]
        else:
            os.environ["AUDIOGRAPH_CACHE"] = before
    show("from nothing to a first mix", rows, COLUMNS)
    note(told(rows))
    return rows


def told(rows: Sequence[Row]) -> str:
    """The result in one sentence."""
    took = {row["what"]: row["wall"] for row in rows}
    return (
        f"From nothing to a first mix: {sum(took.values()) - took[SECOND]:.0f} s, of which "
        f"{took[FIRST] - took[SECOND]:.0f} s are compiling, once per machine."
    )
