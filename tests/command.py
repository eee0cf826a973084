"""Helpers for tests of the command line: run a command in this process or in its own."""

import os
import subprocess
import sys
from pathlib import Path
from threading import Thread
from typing import Any

from click.testing import CliRunner, Result

from audiograph.cli.commands import commands

ROOT = Path(__file__).parents[1]
COMMAND = [sys.executable, "-m", "audiograph"]
TONE = """\
about: A tone.
params:
  level: {type: gain, default: -6 dB, min: -40 dB, max: 0 dB}
nodes:
  beep: {use: tone, freq: 440 Hz, length: 500 ms, level: 0 dB}
  soft: {use: gain, in: beep, level: $level}
output: soft
"""


def run(*words: object) -> Result:
    """Run the command in this process; an internal error fails the test."""
    result = CliRunner().invoke(commands, [str(word) for word in words], prog_name="audiograph")
    assert "internal error" not in result.stderr and "Traceback" not in result.output, result.output
    return result


def graph(folder: Path, text: str = TONE, name: str = "mix.yaml") -> Path:
    """A graph file with this text."""
    path = folder / name
    path.write_text(text, "utf-8")
    return path


def environment(**more: str) -> dict[str, str]:
    """The environment of a process of its own, in any folder, without a process that stands by."""
    return {**os.environ, "PYTHONPATH": str(ROOT), "XDG_RUNTIME_DIR": "/none", **more}


def process(*words: object, **options: Any) -> subprocess.CompletedProcess[str]:
    """Run the command in a process of its own."""
    options = {"capture_output": True, "text": True, "env": environment(), "timeout": 60, **options}
    return subprocess.run([*COMMAND, *map(str, words)], **options)


def on_terminal(*words: object, **more: str) -> tuple[subprocess.CompletedProcess[str], str]:
    """Run the command in a process with a terminal as stderr; returns the result and what was drawn."""
    import pty  # not on Windows

    ours, theirs = pty.openpty()
    drawn: list[bytes] = []
    reader = Thread(target=lambda: drawn.extend(iter(lambda: _read(ours), b"")))
    reader.start()
    env = environment(TERM="xterm-256color", COLUMNS="100", **more)
    result = process(*words, capture_output=False, stdout=subprocess.PIPE, stderr=theirs, env=env)
    os.close(theirs)
    reader.join()
    os.close(ours)
    return result, b"".join(drawn).decode()


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 4096)
    except OSError:  # so it ends on Linux
        return b""
