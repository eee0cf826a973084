"""The tutorial works as written: its files and commands, in order, in a new folder."""

import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import soundfile
from command import ROOT, environment, run

PAGE = (ROOT / "docs" / "tutorial.md").read_text()
VARYING = re.compile(r"[\d.]+ x real time|^compiling kernels.*\n", re.M)  # differs between machines
STEPS = re.findall(r"^```(\w+)\n(.*?)^```", PAGE, re.M | re.S)


def commands(console: str) -> Iterator[tuple[str, str]]:
    """Each command, with the output that is shown for it."""
    for part in console.split("$ ")[1:]:
        command, _, answer = part.partition("\n")
        yield command, answer


def write(text: str) -> None:
    path = Path(text.partition("\n")[0].removeprefix("# "))
    path.parent.mkdir(exist_ok=True)
    path.write_text(text)


def follow(command: str, answer: str) -> None:
    """Run a command. Its output is as shown, except for speed, and it fails only where that is shown."""
    program, *words = shlex.split(command)
    if program == "pytest":
        more = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *words]
        done = subprocess.run(more, env=environment(), capture_output=True, text=True, timeout=120)
        assert done.returncode == 0, done.stdout
        return
    assert program == "audiograph"
    result = run(*words)
    assert result.exit_code == (2 if answer.startswith("--set:") else 0), f"{command}\n{result.output}"
    if answer:
        assert VARYING.sub("", result.output) == VARYING.sub("", answer), command


def test_the_tutorial_works_as_written_in_a_fresh_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("voice.mp3", "music.ogg"):
        shutil.copy(ROOT / "graphs" / "audio" / name, tmp_path)
    for language, text in STEPS:
        if language == "yaml":
            write(text)
        for command, answer in commands(text) if language == "console" else ():
            follow(command, answer)
    assert soundfile.info("mix.mp3").channels == 2 and not list(tmp_path.glob("*.part*"))


def test_the_tutorial_leaves_no_step_out():
    titles = re.findall(r"^## (.*)", PAGE, re.M)
    assert titles == ["A voice", "Music", "Ducking", "A recipe", "A node of your own", "From here"]
    assert {language for language, _ in STEPS} == {"yaml", "console"}
    assert sum(len(list(commands(text))) for language, text in STEPS if language == "console") >= 12
