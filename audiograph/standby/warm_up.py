"""Warm up a process: render a short mix by the same commands as users do."""

import os
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from shutil import rmtree
from tempfile import TemporaryDirectory, gettempdir
from time import time

VOICE = """\
nodes: {voice: {use: tone, freq: 200 Hz, length: 4 s, level: -20 dB}}
rate: 22050 Hz
output: {from: voice, bits: 16}
"""
MUSIC = """\
nodes: {music: {use: noise, length: 3 s, channels: 2, level: -30 dB}}
rate: 44.1 kHz
output: {from: music, bits: 16}
"""
MIX = """\
nodes:
  voice: {use: source, file: voice.wav}
  speech: {use: compressor, in: voice, threshold: -20 dB, ratio: 4}
  music:
    in: {use: source, file: music.wav}
    chain:
      - {use: loop, until: speech.end + 1 s, crossfade: 100 ms}
      - {use: eq, bands: [{shape: peak, freq: 1.6 kHz, gain: -4 dB, q: 0.8}]}
      - {use: filter, mode: lowpass, freq: 5 kHz}
      - {use: duck, key: speech, depth: -8 dB}
      - {use: gain, level: -10 dB}
      - {use: fade, fade_in: 500 ms, fade_out: 500 ms}
  mix: {use: sum, in: [speech, music]}
  soft: {use: limiter, in: mix}
  loud: {use: loudness, in: soft, target: -16 LUFS}
rate: 44.1 kHz
output: {from: soft, bits: 16}
"""
SHORT = {"voice": VOICE, "music": MUSIC, "mix": MIX}  # touch most of the memory that any mix needs
WHOLE = {**SHORT, "loud": MIX.replace("from: soft", "from: loud")}
MEMORY = Path("/dev/shm")  # a file system in memory
PREFIX = "audiograph-warm-up-"
MAX_AGE = 600  # seconds; no warm-up takes that long


def warm_up(run: Callable[[list[str]], None], graphs: Mapping[str, str] = WHOLE) -> None:
    """Render the graphs, a few seconds each, into a temporary folder. `run` runs a command.

    Raises SystemExit if a command ends with an exit code other than 0.
    """
    with TemporaryDirectory(prefix=PREFIX, dir=_home()) as place:
        for name, text in graphs.items():
            graph = Path(place, f"{name}.yaml")
            graph.write_text(text, "utf-8")
            try:
                run(["render", str(graph), "-q", "-o", str(graph.with_suffix(".wav"))])
            except SystemExit as end:
                if end.code:
                    raise


def sweep() -> None:
    """Remove temporary folders that killed processes left behind."""
    for folder in _home().glob(f"{PREFIX}*"):
        with suppress(OSError):
            status = folder.stat()
            if status.st_uid == os.getuid() and time() - status.st_mtime > MAX_AGE:
                rmtree(folder)


def _home() -> Path:
    return MEMORY if os.access(MEMORY, os.W_OK) else Path(gettempdir())
