"""The input files of the benchmarks, made from the sounds of the examples, so nothing is downloaded.

They are made once and kept in a cache folder, under their name and length.
"""

import os
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np
import soundfile
import soxr

from audiograph.measuring import Meter
from audiograph.sound import Audio

AUDIO = Path(__file__).parents[1] / "graphs" / "audio"
RATE = 44_100  # Hz, of every mix
VOICE_RATE = 22_050
CHUNK = 1 << 18  # frames read at a time


class Sounds(NamedTuple):
    """The files of one reference mix."""

    voice: Path  # mono, 22.05 kHz, 16 bit
    music: Path  # stereo, 44.1 kHz, 16 bit; decoded in advance, so that decoders are not compared
    length: int  # seconds


class Tracks(NamedTuple):
    """The files of a mix of many tracks: mono, 44.1 kHz, 16 bit, alternately speech and music."""

    files: tuple[Path, ...]
    length: int  # seconds


def cache() -> Path:
    """The folder of the files."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "audiograph" / "benchmarks"


def sounds(folder: Path, length: int) -> Sounds:
    """A voice of `length` seconds and the bed, as WAV files in `folder`, created if missing."""
    voice, bed = folder / f"voice_{length}.wav", folder / "music.wav"
    _made(voice, lambda path: _repeat(path, _speech(), VOICE_RATE, length))
    _made(bed, lambda path: soundfile.write(path, music(), RATE, "PCM_16"))
    return Sounds(voice, bed, length)


def tracks(folder: Path, count: int, length: int) -> Tracks:
    """This many tracks of `length` seconds, each beginning at another point of the speech or the music."""
    files = tuple(folder / f"track_{number}_{length}.wav" for number in range(count))
    heard = (soxr.resample(_speech(), VOICE_RATE, RATE), music()[:, 0])
    for number, path in enumerate(files):
        sound = np.roll(heard[number % 2], -number * RATE)
        _made(path, partial(_repeat, sound=sound, rate=RATE, seconds=length))
    return Tracks(files, length)


def _speech() -> Audio:
    return _sound("guest.flac", VOICE_RATE)


def music() -> Audio:
    """The bed, of shape (frames, 2)."""
    return _sound("music.ogg", RATE)


def _sound(name: str, rate: int) -> Audio:
    sound, found = soundfile.read(AUDIO / name, dtype="float32")
    assert found == rate
    return np.asarray(sound, np.float32)


def _made(path: Path, make: Callable[[Path], object]) -> None:
    """Create a file if it is missing, completely or not at all."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        new = path.with_name(f"{os.getpid()}_{path.name}")
        make(new)
        new.replace(path)


def _repeat(target: Path, sound: Audio, rate: int, seconds: int) -> None:
    frames = seconds * rate
    with soundfile.SoundFile(target, "w", rate, 1, "PCM_16") as file:
        while frames > 0:
            file.write(sound[:frames])
            frames -= len(sound)


def level(path: Path) -> tuple[float, float]:
    """Length in seconds and loudness in LUFS of a sound file."""
    with soundfile.SoundFile(path) as file:
        heard = Meter(file.samplerate, file.channels)
        for block in _blocks(file):
            heard.write(np.ascontiguousarray(block.T))
    levels = heard.levels()
    return levels.duration_s, levels.integrated_lufs


def _blocks(file: soundfile.SoundFile) -> Iterator[Audio]:
    while len(block := file.read(CHUNK, dtype="float32", always_2d=True)):
        yield block
