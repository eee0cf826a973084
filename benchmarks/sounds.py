"""What the benchmarks read: made from the sounds of the examples, so nothing is fetched."""

from pathlib import Path
from typing import NamedTuple

import numpy as np
import soundfile

AUDIO = Path(__file__).parents[1] / "graphs" / "audio"
RATE = 44_100  # Hz, of every mix
VOICE_RATE = 22_050


class Sounds(NamedTuple):
    """The files of one reference mix."""

    voice: Path  # mono, 22.05 kHz, 16 bit
    music: Path  # stereo, 44.1 kHz, 16 bit; decoded once, so that decoders do not decide
    length: int  # seconds


def sounds(folder: Path, length: int) -> Sounds:
    """A voice of `length` seconds and the bed, as WAV files in `folder`; made where they are missing."""
    voice, music = folder / f"voice_{length}.wav", folder / "music.wav"
    if not voice.exists():
        _repeat(AUDIO / "guest.flac", voice, length * VOICE_RATE)
    if not music.exists():
        spoken, rate = soundfile.read(AUDIO / "music.ogg", dtype="float32", always_2d=True)
        soundfile.write(music, spoken, rate, "PCM_16")
    return Sounds(voice, music, length)


def _repeat(source: Path, target: Path, frames: int) -> None:
    part, rate = soundfile.read(source, dtype="int16")
    assert rate == VOICE_RATE
    with soundfile.SoundFile(target, "w", rate, 1, "PCM_16") as file:
        while frames > 0:
            file.write(part[:frames])
            frames -= len(part)


def level(path: Path) -> tuple[float, float]:
    """Length in seconds and RMS in dB of a sound file."""
    with soundfile.SoundFile(path) as file:
        power = sum(float(np.square(block, dtype=np.float64).sum()) for block in file.blocks(1 << 18))
        samples = max(1, file.frames * file.channels)
        return file.frames / file.samplerate, float(10 * np.log10(max(power / samples, 1e-20)))
