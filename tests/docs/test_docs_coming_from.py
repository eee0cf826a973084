"""The same job in pydub, ffmpeg, sox and audiograph: all of them run, and the results are equally long."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile
from command import run

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "coming-from.md").read_text()
JOBS = dict(re.findall(r"^## ([^\n]*)\n(.*?)(?=^## |\Z)", PAGE, re.M | re.S))
COMPARED = [title for title, text in JOBS.items() if "```yaml" in text]
TOLERANCE = 0.06  # seconds; what an MP3 encoder adds


@pytest.fixture(scope="module")
def sounds(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("sounds")
    for name, data, times in (("voice", "speech.flac", 2), ("music", "music.ogg", 2)):
        x, rate = soundfile.read(ROOT / "tests" / "data" / data, always_2d=True)
        soundfile.write(folder / f"{name}.wav", np.tile(x, (times, 1)), rate)
    return folder


def code(title: str, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", JOBS[title], re.M | re.S)


def seconds(path: Path) -> float:
    return soundfile.info(path).duration


def done(folder: Path, sounds: Path, command: list[str]) -> None:
    for sound in sounds.iterdir():
        shutil.copy(sound, folder)
    subprocess.run(command, cwd=folder, check=True, capture_output=True, timeout=60)


@pytest.fixture
def expected(request, sounds, tmp_path) -> float:
    """The length of the result of audiograph, in seconds."""
    (text,) = code(request.getfixturevalue("title"), "yaml")
    graph = sounds / "mix.yaml"
    graph.write_text(text)
    result = run("render", graph, "-o", tmp_path)
    assert result.exit_code == 0, result.stderr
    (made,) = tmp_path.glob("mix.*")
    return seconds(made)


@pytest.mark.parametrize("title", COMPARED)
def test_pydub_gives_the_same_length(title, expected, sounds, tmp_path):
    pytest.importorskip("pydub", exc_type=ImportError)
    (program,) = code(title, "python")
    done(tmp_path, sounds, [sys.executable, "-W", "ignore", "-c", program])
    assert seconds(next(tmp_path.glob("pydub.*"))) == pytest.approx(expected, abs=TOLERANCE)


def makes_mp3(tool: str, folder: Path) -> bool:
    """Whether the tool was built with an MP3 encoder."""
    silence = {
        "sox": ["-n", str(folder / "try.mp3"), "trim", "0", "0.1"],
        "ffmpeg": ["-f", "lavfi", "-i", "anullsrc", "-t", "0.1", str(folder / "try.mp3")],
    }
    return subprocess.run([tool, *silence[tool]], capture_output=True).returncode == 0


@pytest.mark.parametrize("tool", ["ffmpeg", "sox"])
@pytest.mark.parametrize("title", COMPARED)
def test_ffmpeg_and_sox_give_the_same_length(title, tool, expected, sounds, tmp_path):
    if not shutil.which(tool):
        pytest.skip(f"{tool} is not installed")
    (script,) = [text for text in code(title, "sh") if f"{tool}." in text]
    if f"{tool}.mp3" in script and not makes_mp3(tool, tmp_path):
        pytest.skip(f"this {tool} has no encoder for MP3")
    done(tmp_path, sounds, ["sh", "-e", "-c", script])
    assert seconds(next(tmp_path.glob(f"{tool}.*"))) == pytest.approx(expected, abs=TOLERANCE)
