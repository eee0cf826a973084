"""Tries encoders, each case in a process of its own: a crash is a result. Reads cases from stdin as JSON."""

import json
import os
import signal
import sys
import tempfile
from pathlib import Path

import numpy as np

from audiograph.audiofile import Encoding, Writer, probe
from audiograph.audiofile.encodings import KINDS


def tried(path: Path, kind: str, rate: int, channels: int, number: int) -> str:
    """ "written", or why not."""
    chosen = Encoding(kind, bitrate=number) if KINDS[kind].is_lossy else Encoding(kind, number)
    x = (0.2 * np.sin(2 * np.pi * 440 / rate * np.arange(rate // 20))).astype(np.float32)
    with Writer(path, rate, channels, chosen, x.size) as file:
        file.write(np.tile(x, (channels, 1)))
    if kind == "raw":
        return "written"
    info = probe(path)
    expected = 48_000 if kind == "opus" else rate  # at which Opus is always decoded
    enough = info.frames * rate >= x.size * info.rate
    return "written" if (info.rate, info.channels) == (expected, channels) and enough else f"{info}"


def in_a_child(case: list[object], folder: Path) -> str:
    """What became of a case."""
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
        signal.alarm(30)
        try:
            said = tried(folder / f"a.{case[0]}", *case)
        except Exception as error:
            said = f"{type(error).__name__}: {error}"
        os.write(writing, said.encode()[:4000])
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as answer:
        said = answer.read()
    _, status = os.waitpid(child, 0)
    return f"signal {os.WTERMSIG(status)}" if os.WIFSIGNALED(status) else said


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as home:
        tried(Path(home) / "a.wav", "wav", 8000, 1, 16)  # the kernels are loaded once, not by every child
        for each in json.load(sys.stdin):
            print(json.dumps(in_a_child(each, Path(home))), flush=True)
