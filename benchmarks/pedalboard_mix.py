"""The reference mix with pedalboard and numpy: `python -m benchmarks.pedalboard_mix VOICE MUSIC LENGTH OUT`.

One second at a time, as in its manual: faster than whole files, and with much less
memory.
"""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from pedalboard import (  # type: ignore[attr-defined]
    Compressor,
    Gain,
    Limiter,
    LowpassFilter,
    PeakFilter,
    Pedalboard,
)
from pedalboard.io import AudioFile

RATE = CHUNK = 44_100
FADE = 2 * RATE
MADE_UP = 10 ** (
    (1 + 10 * 0.75 / 2) / -20
)  # JUCE's limiter makes up for the gain of its ceiling and first stage


def mix(voice: Path, music: Path, length: float, out: Path) -> None:
    """Make the mix."""
    speech = Pedalboard([Compressor(threshold_db=-24, ratio=3, attack_ms=63, release_ms=1257)])
    bed = Pedalboard([Gain(-10), PeakFilter(2000, -4, 0.8), LowpassFilter(5000)])
    master = Pedalboard([Limiter(threshold_db=-1, release_ms=50)])
    frames, at = round(length * RATE), 0
    with (
        AudioFile(str(voice)).resampled_to(RATE) as spoken,
        AudioFile(str(music)) as played,
        AudioFile(str(out), "w", RATE, 2, bit_depth=16) as file,
    ):
        for part in _looped(played, frames):
            y = bed(part, RATE, reset=False)
            _fade(y, at, frames)
            x = speech(spoken.read(y.shape[1]), RATE, reset=False)
            y[:, : x.shape[1]] += x
            file.write(master(y, RATE, reset=False) * MADE_UP)
            at += y.shape[1]


def _looped(file: Any, frames: int) -> Iterator[Any]:
    while frames > 0:
        part = file.read(min(CHUNK, frames))
        frames -= part.shape[1]
        yield part
        if file.tell() >= file.frames:
            file.seek(0)


def _fade(y: Any, at: int, frames: int) -> None:
    if at < FADE or at + y.shape[1] > frames - FADE:
        now = np.arange(at, at + y.shape[1], dtype=np.float32)
        y *= np.clip(np.minimum(now, frames - now) / FADE, 0, 1)


if __name__ == "__main__":
    mix(Path(sys.argv[1]), Path(sys.argv[2]), float(sys.argv[3]), Path(sys.argv[4]))
