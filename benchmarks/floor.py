"""A lower bound for the reference mix: its files are read, resampled and written, without a mix between."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import soundfile
import soxr

from benchmarks.sounds import RATE

CHUNK = 32_768  # frames


def mix(voice: Path, music: Path, length: float, out: Path) -> None:
    """Read and resample the voice; read the music in a loop and write it as 16 bit."""
    frames = round(length * RATE)
    for _ in _resampled(voice):
        pass
    with (
        soundfile.SoundFile(music) as played,
        soundfile.SoundFile(out, "w", RATE, 2, "PCM_16") as file,
    ):
        for part in _looped(played, frames):
            file.write(part)


def _resampled(voice: Path) -> Iterator[Any]:
    with soundfile.SoundFile(voice) as spoken:
        resampler = soxr.ResampleStream(spoken.samplerate, RATE, spoken.channels, "float32", "HQ")
        while len(x := spoken.read(CHUNK, dtype="float32")):
            yield resampler.resample_chunk(x)
        yield resampler.resample_chunk(x, last=True)


def _looped(played: soundfile.SoundFile, frames: int) -> Iterator[Any]:
    while frames > 0:
        part = played.read(min(CHUNK, frames), dtype="int16")  # the format of the output: no conversion
        frames -= len(part)
        yield part
        if played.tell() >= played.frames:
            played.seek(0)
