"""A short mix, made as users make one, so that all has been done once before it counts."""

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
SHORT = {"voice": VOICE, "music": MUSIC, "mix": MIX}  # touches most of the memory that any mix needs
WHOLE = {**SHORT, "loud": MIX.replace("from: soft", "from: loud")}
MEMORY = Path("/dev/shm")  # files that need no disk
PREFIX = "audiograph-rehearsal-"
OLD = 600  # seconds; no rehearsal takes so long


def rehearse(do: Callable[[list[str]], None], graphs: Mapping[str, str] = WHOLE) -> None:
    """Render a few seconds by commands, graph after graph, into a folder that is then removed.

    Raises SystemExit where one of them ends with another exit code than 0.
    """
    with TemporaryDirectory(prefix=PREFIX, dir=_home()) as place:
        for name, text in graphs.items():
            graph = Path(place, f"{name}.yaml")
            graph.write_text(text, "utf-8")
            try:
                do(["render", str(graph), "-q", "-o", str(graph.with_suffix(".wav"))])
            except SystemExit as end:
                if end.code:
                    raise


def sweep() -> None:
    """Remove the folders of those that were killed."""
    for left in _home().glob(f"{PREFIX}*"):
        with suppress(OSError):
            found = left.stat()
            if found.st_uid == os.getuid() and time() - found.st_mtime > OLD:
                rmtree(left)


def _home() -> Path:
    return MEMORY if os.access(MEMORY, os.W_OK) else Path(gettempdir())
